import type { PartitionAssigner } from 'kafkajs';
import { AssignerProtocol } from './kafkajs.js';

/** Gives every member of a group the one partition. A tail is alone in its group, so that is no conflict. */
export function onlyPartition(topic: string, partition: number): PartitionAssigner {
  const name = 'holdfast-one-partition';
  const version = 0;
  return () => ({
    name,
    version,
    async assign({ members }) {
      const assignment = { version, assignment: { [topic]: [partition] }, userData: Buffer.alloc(0) };
      const memberAssignment = AssignerProtocol.MemberAssignment.encode(assignment);
      return members.map(({ memberId }) => ({ memberId, memberAssignment }));
    },
    protocol({ topics }) {
      const metadata = AssignerProtocol.MemberMetadata.encode({ version, topics, userData: Buffer.alloc(0) });
      return { name, metadata };
    },
  });
}
