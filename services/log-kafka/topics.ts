import { type StreamName, streamNames } from '@holdfast/log';
import { type BrokerConnection, type ClusterFound, unknownTopic } from './broker-connection.js';
import type { KafkaTopics } from './topic-names.js';
import { type Problem, topicProblems, wantedReplicas, wantedSettings } from './topic-settings.js';
import { stateProblems } from './topic-state.js';

export interface TopicsWanted {
  topics: KafkaTopics;
  /** The shard's, in both topics. */
  partition: number;
  /** How many a new topic gets. */
  partitions: number;
  /** `create`: makes those that are missing. `check`: a missing one is a problem. Neither changes one that exists. */
  topicSettings: 'check' | 'create';
  /** For the commands in messages. */
  address: string;
}

export interface TopicsChecked {
  problems: Problem[];
  /** Largest batch that each topic takes, in bytes. */
  batchBytesMax: Record<StreamName, number>;
}

/** Makes what is missing where it may, and looks at what is there. Asks for our own topics alone. */
export async function checkTopics(broker: BrokerConnection, wanted: TopicsWanted): Promise<TopicsChecked> {
  const names = streamNames.map((stream) => wanted.topics[stream]);
  let found = await broker.find(names);
  const missing = streamNames.filter((stream) => isMissing(found, wanted.topics[stream]));
  if (missing.length > 0 && wanted.topicSettings === 'create') {
    await create(broker, wanted, missing, found.brokers.size);
    found = await broker.find(names);
  }
  const there = names.filter((name) => !isMissing(found, name));
  const settings = there.length === 0 ? new Map() : await broker.settings(there);
  const checked: TopicsChecked = { problems: [], batchBytesMax: { commands: 0, events: 0 } };
  const { address, partition } = wanted;
  const cluster = { address, brokers: found.brokers.size, partition };
  for (const stream of streamNames) {
    const name = wanted.topics[stream];
    if (!there.includes(name)) {
      // One that was made is not shown by every broker at once.
      const passing = wanted.topicSettings === 'create' ? { passing: true as const } : {};
      checked.problems.push({ ...absent(stream, wanted, found.brokers.size), ...passing });
      continue;
    }
    const { error, partitions } = found.topics.get(name)!;
    if (error !== null) throw error;
    const replicas = Math.min(...partitions.map((each) => each.replicas.length));
    const topic = { name, partitions: partitions.length, replicas, settings: settings.get(name)! };
    checked.problems.push(...topicProblems(stream, topic, cluster), ...stateProblems(found, topic, cluster));
    checked.batchBytesMax[stream] = Number(topic.settings.get('max.message.bytes'));
  }
  return checked;
}

function isMissing({ topics }: ClusterFound, name: string): boolean {
  return topics.get(name)?.error?.type === unknownTopic;
}

async function create(
  broker: BrokerConnection,
  wanted: TopicsWanted,
  streams: StreamName[],
  brokers: number,
): Promise<void> {
  const replicas = wantedReplicas(brokers);
  await broker.createTopics(
    streams.map((stream) => ({
      topic: wanted.topics[stream],
      numPartitions: wanted.partitions,
      replicationFactor: replicas,
      configEntries: wantedSettings(stream, replicas).map(({ name, value }) => ({ name, value })),
    })),
  );
}

function absent(stream: StreamName, { topics, partitions, address }: TopicsWanted, brokers: number): Problem {
  const replicas = wantedReplicas(brokers);
  const settings = wantedSettings(stream, replicas).map(({ name, value }) => `--config ${name}=${value}`);
  return {
    subject: `topic ${topics[stream]}`,
    message: 'it does not exist',
    missing: true,
    change: `kafka-topics.sh --bootstrap-server ${address} --create --topic ${topics[stream]} --partitions ${partitions} --replication-factor ${replicas} ${settings.join(' ')}`,
  };
}
