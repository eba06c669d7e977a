import { LogError, nodeRuntime, type Runtime } from '@holdfast/log';
import { reachAny } from './broker-connection.js';
import { BrokerConnections } from './broker-connections.js';
import { type KafkaSettings, usesTls } from './client.js';
import { connectionProblem, isPassing } from './errors.js';
import { kafkaLimits } from './limits.js';
import { retrying } from './retry.js';
import { defaultTopics, type KafkaTopics } from './topic-names.js';
import type { SetupProblem } from './topic-settings.js';
import { checkTopics, type TopicsChecked } from './topics.js';

export interface KafkaCheckOptions extends KafkaSettings {
  partition: number;
  topics?: KafkaTopics;
  partitions?: number;
  topicSettings?: 'check' | 'create';
  /** Copies of new topics, and the fewest of those that exist. Default: see `copiesWanted`. */
  replication?: number;
  /** See TopicsWanted. What it throws as a LogError is thrown. */
  beforeMaking?: () => Promise<void>;
}

/**
 * Everything that keeps a shard from running on this cluster, within 10 s; empty when it can. Creates nothing: topics
 * that are missing are a problem only with `topicSettings: 'check'`.
 */
export async function checkKafka(options: KafkaCheckOptions): Promise<SetupProblem[]> {
  const wanted = { ...options, topicSettings: 'check' as const, runtime: nodeRuntime };
  const { problems } = await connectAndCheck(wanted, kafkaLimits.checkMs);
  if (options.topicSettings === 'check') return problems;
  return problems.filter(({ missing }) => missing !== true);
}

/** Connects, makes missing topics where it may, and gives what is wrong: a cluster out of reach is one problem. */
export async function connectAndCheck(
  options: KafkaCheckOptions & { runtime: Runtime },
  totalMs: number = kafkaLimits.openMs,
): Promise<TopicsChecked> {
  const {
    brokers,
    partition,
    partitions = partition + 1,
    topics = defaultTopics,
    topicSettings = 'create',
    replication = null,
    beforeMaking = async () => {},
  } = options;
  const connections = new BrokerConnections(options, options.runtime);
  const reach = async (addresses: readonly string[]) => {
    const asked = Object.values(topics);
    const { answers } = await connections.ask(addresses, kafkaLimits.watchAnswerMs, (broker) => broker.find(asked));
    return new Set(answers.keys());
  };
  const place = { topics, partition, partitions, replication, address: brokers[0] ?? '', reach };
  const wanted = { ...place, topicSettings, beforeMaking };
  let last: unknown;
  let checked: TopicsChecked | null = null;
  const attempt = async () => {
    try {
      const connection = await reachAny(brokers, options);
      try {
        checked = await checkTopics(connection, wanted);
      } finally {
        connection.close();
      }
      if (checked.problems.some(({ passing }) => passing)) throw new Error('brokers may be starting');
      return checked;
    } catch (error) {
      last = error;
      throw error;
    }
  };
  try {
    return await retrying(options.runtime, totalMs, attempt, isPassing);
  } catch (error) {
    if (error instanceof LogError) throw error;
    if (checked !== null) return checked;
    // When the time is over, what an attempt met says more than that it is over.
    const problem = connectionProblem(last ?? error, brokers, usesTls(options));
    return { problems: [problem], batchBytesMax: { commands: 0, events: 0 } };
  } finally {
    connections.close();
  }
}
