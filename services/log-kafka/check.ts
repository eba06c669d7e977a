import { nodeRuntime, type Runtime, silentLogger } from '@holdfast/log';
import type { Kafka } from 'kafkajs';
import { createClient, type KafkaSettings } from './client.js';
import { connectionProblem, isPassing } from './errors.js';
import { kafkaLimits } from './limits.js';
import { retrying } from './retry.js';
import { defaultTopics, type KafkaTopics } from './topic-names.js';
import type { Problem } from './topic-settings.js';
import { checkTopics, type TopicsChecked } from './topics.js';

export interface KafkaCheckOptions extends KafkaSettings {
  partition: number;
  topics?: KafkaTopics;
  partitions?: number;
  topicSettings?: 'check' | 'create';
}

/**
 * Everything that keeps a shard from running on this cluster, within 10 s; empty when it can. Creates nothing: topics that
 * are missing are a problem only with `topicSettings: 'check'`.
 */
export async function checkKafka(options: KafkaCheckOptions): Promise<Problem[]> {
  const kafka = createClient(options, silentLogger);
  const { problems } = await connectAndCheck(
    kafka,
    { ...options, topicSettings: 'check', runtime: nodeRuntime },
    kafkaLimits.checkMs,
  );
  if (options.topicSettings === 'check') return problems;
  return problems.filter(({ missing }) => missing !== true);
}

/** Connects, makes missing topics where it may, and gives what is wrong: a cluster out of reach is one problem. Never rejects. */
export async function connectAndCheck(
  kafka: Kafka,
  options: KafkaCheckOptions & { runtime: Runtime },
  totalMs: number = kafkaLimits.openMs,
): Promise<TopicsChecked> {
  const {
    brokers,
    ssl,
    partition,
    partitions = partition + 1,
    topics = defaultTopics,
    topicSettings = 'create',
  } = options;
  const wanted = { topics, partition, partitions, topicSettings, address: brokers[0] ?? '' };
  let last: unknown;
  const attempt = async () => {
    const admin = kafka.admin({ retry: { retries: 2 } });
    try {
      await admin.connect();
      return await checkTopics(admin, wanted);
    } catch (error) {
      last = error;
      throw error;
    } finally {
      void admin.disconnect().catch(() => {});
    }
  };
  try {
    return await retrying(options.runtime, totalMs, attempt, isPassing);
  } catch (error) {
    // When the time is over, what an attempt met says more than that it is over.
    const problem = connectionProblem(last ?? error, brokers, ssl !== undefined && ssl !== false);
    return { problems: [problem], batchBytesMax: { commands: 0, events: 0 } };
  }
}
