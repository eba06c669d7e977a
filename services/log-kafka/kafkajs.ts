import { createRequire } from 'node:module';
import kafkajs, { type Batch, type KafkaMessage } from 'kafkajs';

// Node finds only some of its names, as it is CommonJS: a named import of the others compiles and then fails at start.
export const { AssignerProtocol, ConfigResourceTypes, Kafka, logLevel } = kafkajs;

/** A record as the broker sent it, the marks at the ends of transactions too. */
export type RawMessage = KafkaMessage & { isControlRecord: boolean };
type RawBatch = Batch & { messagesWithinOffset: RawMessage[] };

/*
 * The library keeps those marks to itself, and hands out no batch that holds nothing else: its consumer would be left with a
 * position of which nobody says whether it is a mark, or a record that is gone. So such a batch is not empty here. The library's
 * version is exact, and a test on a real broker tells whether this still holds.
 */
const { prototype } = createRequire(import.meta.url)('kafkajs/src/consumer/batch') as { prototype: RawBatch };
prototype.isEmpty = function (this: RawBatch) {
  return this.messagesWithinOffset.length === 0;
};

/** All that a batch holds from the position on that was asked for. Nothing is left out where uncommitted records are read too. */
export function rawMessagesOf(batch: Batch): RawMessage[] {
  return (batch as RawBatch).messagesWithinOffset;
}
