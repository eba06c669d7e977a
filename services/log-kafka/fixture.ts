import { nodeRuntime, type ShardLog, silentLogger } from '@holdfast/log';
import type { Admin, ITopicConfig } from 'kafkajs';
import { type KafkaLogOptions, openKafkaLog } from './kafka-log.js';
import { Kafka, logLevel } from './kafkajs.js';
import { sleep } from './retry.js';
import type { KafkaTopics } from './topic-names.js';

let count = 0;

/** Names of topics that nobody has. */
export function freshTopics(): KafkaTopics {
  const name = `${process.pid}-${Date.now()}-${++count}`;
  return { commands: `commands-${name}`, events: `events-${name}` };
}

/** A log in partition 0 of fresh topics, unless told otherwise. */
export function openLog(brokers: string, options: Partial<KafkaLogOptions> = {}): Promise<ShardLog> {
  return openKafkaLog({
    brokers: [brokers],
    clientId: 'holdfast-test',
    shard: 's',
    partition: 0,
    topics: freshTopics(),
    runtime: nodeRuntime,
    logger: silentLogger,
    ...options,
  });
}

/** The administrator's view, for what the service itself never does. */
export async function administer<T>(brokers: string, work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = new Kafka({ brokers: [brokers], clientId: 'administrator', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Gives them once they have leaders. The library's own wait for that fails where a broker has not heard of them yet.
 */
export async function createTopics(brokers: string, topics: ITopicConfig[]): Promise<void> {
  await administer(brokers, async (admin) => {
    await admin.createTopics({ topics, waitForLeaders: false });
    const names = topics.map(({ topic }) => topic);
    for (;;) {
      const found = await admin.fetchTopicMetadata({ topics: names }).catch(() => null);
      if (found !== null) return;
      await sleep(nodeRuntime, 100);
    }
  });
}

/** As retention does: the topic then begins at `before`. */
export async function deleteRecords(brokers: string, topic: string, before: number): Promise<void> {
  await administer(brokers, async (admin) => {
    // Without this the library does not know where the topic is.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: String(before) }] });
  });
}

/** As a stranger with transactions would append. */
export async function appendTransaction(
  brokers: string,
  topic: string,
  values: string[],
  end: 'commit' | 'abort' = 'commit',
): Promise<void> {
  const kafka = new Kafka({ brokers: [brokers], clientId: 'stranger', logLevel: logLevel.NOTHING });
  const transactionalId = `stranger-${process.pid}-${Date.now()}`;
  const producer = kafka.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: values.map((value) => ({ value })) });
  await transaction[end]();
  await producer.disconnect();
}
