import { type Logger, nodeRuntime } from '@holdfast/log';
import type { PartitionAssigner } from 'kafkajs';
import { createClient, type KafkaSettings } from './client.js';
import { isPassing } from './errors.js';
import { AssignerProtocol } from './kafkajs.js';
import { kafkaLimits } from './limits.js';
import { backOffMs, sleep } from './retry.js';

export interface ExclusiveOptions {
  settings: KafkaSettings;
  /** One that exists, of which nothing is read. */
  topic: string;
  logger: Logger;
}

/**
 * Does the work while no other process of the cluster does any: as the one member of a consumer group that has a
 * partition. Who dies gives it up by that. It spares a registry, and nothing is built on it: one that slept while it
 * held it may overlap with the next, and where the cluster gives no turn the work is done without.
 */
export async function exclusively<T>(options: ExclusiveOptions, work: () => Promise<T>): Promise<T> {
  const member = await memberInTurn(options);
  try {
    return await work();
  } finally {
    await member?.leave();
  }
}

/**
 * One that has its turn. Null where none can join: a cluster that has just started finds no coordinator for a while, or
 * another one.
 */
async function memberInTurn(options: ExclusiveOptions): Promise<Member | null> {
  const end = nodeRuntime.now() + kafkaLimits.turnPatienceMs;
  for (let n = 1; ; n++) {
    const member = memberOf(options);
    try {
      await member.turn();
      return member;
    } catch (error) {
      await member.leave();
      if (!isPassing(error) || nodeRuntime.now() >= end) {
        options.logger.warn({ error: String(error) }, 'schemas are registered without waiting for a turn');
        return null;
      }
    }
    await sleep(nodeRuntime, backOffMs(nodeRuntime, n));
  }
}

interface Member {
  /** Resolves once it has the partition, and rejects where it cannot join or is thrown out. */
  turn(): Promise<void>;
  leave(): Promise<void>;
}

function memberOf({ settings, topic, logger }: ExclusiveOptions): Member {
  let holds = false;
  const consumer = createClient(settings, logger).consumer({
    groupId: `${settings.clientId}-tail-registering`,
    partitionAssigners: [oneHolder(() => holds)],
    readUncommitted: true,
    allowAutoTopicCreation: false,
    sessionTimeout: kafkaLimits.sessionMs,
    heartbeatInterval: kafkaLimits.turnHeartbeatMs,
    retry: { restartOnFailure: async () => false },
  });
  const turn = new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      // It is only about whose turn it is.
      consumer.pause([{ topic }]);
      if ((payload.memberAssignment[topic] ?? []).length === 0) return;
      holds = true;
      resolve();
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
  });
  turn.catch(() => {});
  return {
    async turn() {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: false });
      await consumer.run({ autoCommit: false, eachBatch: async () => {} });
      await turn;
    },
    leave: () => consumer.disconnect().catch(() => {}),
  };
}

const holding = Buffer.from('holding');

/** Gives one member the first partition of its topic, and the others nothing: who has it keeps it until it leaves. */
function oneHolder(holds: () => boolean): PartitionAssigner {
  const name = 'holdfast-one-holder';
  const version = 0;
  return () => ({
    name,
    version,
    async assign({ members }) {
      const all = members.map(({ memberId, memberMetadata }) => {
        const { topics, userData } = AssignerProtocol.MemberMetadata.decode(memberMetadata)!;
        return { memberId, topic: topics[0]!, holds: holding.equals(userData) };
      });
      const holder = all.find((member) => member.holds) ?? all.sort((a, b) => (a.memberId < b.memberId ? -1 : 1))[0];
      return all.map(({ memberId, topic }) => {
        const assignment = memberId === holder?.memberId ? { [topic]: [0] } : {};
        const encoded = AssignerProtocol.MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) });
        return { memberId, memberAssignment: encoded };
      });
    },
    protocol({ topics }) {
      const userData = holds() ? holding : Buffer.alloc(0);
      return { name, metadata: AssignerProtocol.MemberMetadata.encode({ version, topics, userData }) };
    },
  });
}
