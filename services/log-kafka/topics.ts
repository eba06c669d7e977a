import { type StreamName, streamNames } from '@holdfast/log';
import type { Admin } from 'kafkajs';
import { ConfigResourceTypes } from './kafkajs.js';
import type { KafkaTopics } from './topic-names.js';
import { type Problem, type TopicFound, topicProblems, wantedReplicas, wantedSettings } from './topic-settings.js';

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

/** Makes what is missing where it may, and looks at what is there. */
export async function checkTopics(admin: Admin, wanted: TopicsWanted): Promise<TopicsChecked> {
  const brokers = (await admin.describeCluster()).brokers.length;
  const existing = new Set(await admin.listTopics());
  const missing = streamNames.filter((stream) => !existing.has(wanted.topics[stream]));
  if (missing.length > 0 && wanted.topicSettings === 'create') await create(admin, wanted, missing, brokers);
  const checked: TopicsChecked = { problems: [], batchBytesMax: { commands: 0, events: 0 } };
  for (const stream of streamNames) {
    if (wanted.topicSettings === 'check' && missing.includes(stream)) {
      checked.problems.push(absent(stream, wanted, brokers));
      continue;
    }
    const found = await describe(admin, wanted.topics[stream]);
    const { address, partition } = wanted;
    checked.problems.push(...topicProblems(stream, found, { address, brokers, partition }));
    checked.batchBytesMax[stream] = Number(found.settings.get('max.message.bytes'));
  }
  return checked;
}

async function create(admin: Admin, wanted: TopicsWanted, streams: StreamName[], brokers: number): Promise<void> {
  const replicas = wantedReplicas(brokers);
  await admin.createTopics({
    waitForLeaders: true,
    topics: streams.map((stream) => ({
      topic: wanted.topics[stream],
      numPartitions: wanted.partitions,
      replicationFactor: replicas,
      configEntries: wantedSettings(stream, replicas).map(({ name, value }) => ({ name, value })),
    })),
  });
}

async function describe(admin: Admin, name: string): Promise<TopicFound> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  const partitions = topics[0]?.partitions ?? [];
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: [{ type: ConfigResourceTypes.TOPIC, name }],
  });
  const entries = resources[0]?.configEntries ?? [];
  return {
    name,
    partitions: partitions.length,
    replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    settings: new Map(entries.map(({ configName, configValue }) => [configName, configValue])),
  };
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
