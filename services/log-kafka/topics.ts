import { type StreamName, streamNames } from '@holdfast/log';
import { type BrokerConnection, type ClusterFound, unknownTopic } from './broker-connection.js';
import type { KafkaTopics } from './topic-names.js';
import { copiesWanted, type SetupProblem, topicProblems, wantedSettings } from './topic-settings.js';
import { replicaAddresses, stateProblems, topicFound } from './topic-state.js';

export interface TopicsWanted {
  topics: KafkaTopics;
  /** The shard's, in both topics. */
  partition: number;
  /** How many a new topic gets. */
  partitions: number;
  /** Copies of each partition; null: see `copiesWanted`. */
  replication: number | null;
  /**
   * `create`: makes both where neither is there. `check`: that they are missing is a problem. Neither changes one that
   * exists, nor makes one beside the other: who lost one of them lost a part of the log.
   */
  topicSettings: 'check' | 'create';
  /** Is asked before topics are made; throws where that would put an empty log into the place of one that was lost. */
  beforeMaking: () => Promise<void>;
  /** For the commands in messages. */
  address: string;
  /** Which of these addresses answer. */
  reach(addresses: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface TopicsChecked {
  problems: SetupProblem[];
  /** Largest batch that each topic takes, in bytes. */
  batchBytesMax: Record<StreamName, number>;
}

/** Makes what is missing where it may, and looks at what is there. Asks for our own topics alone. */
export async function checkTopics(broker: BrokerConnection, wanted: TopicsWanted): Promise<TopicsChecked> {
  const names = streamNames.map((stream) => wanted.topics[stream]);
  let found = await broker.find(names);
  let replication = wanted.replication;
  if (names.every((name) => isMissing(found, name))) {
    replication ??= copiesWanted(found);
    const tooFew = brokersMissing(found, replication, wanted);
    if (tooFew !== null) return { problems: [tooFew], batchBytesMax: { commands: 0, events: 0 } };
    if (wanted.topicSettings === 'create') {
      await wanted.beforeMaking();
      await create(broker, wanted, replication);
      found = await broker.find(names);
    }
  }
  return look(broker, wanted, found, replication);
}

async function look(
  broker: BrokerConnection,
  wanted: TopicsWanted,
  found: ClusterFound,
  replication: number | null,
): Promise<TopicsChecked> {
  const names = streamNames.map((stream) => wanted.topics[stream]);
  const there = names.filter((name) => !isMissing(found, name));
  const settings = there.length === 0 ? new Map() : await broker.settings(there);
  const checked: TopicsChecked = { problems: [], batchBytesMax: { commands: 0, events: 0 } };
  const { address, partition, topicSettings } = wanted;
  const reached = await wanted.reach(replicaAddresses(found, there, partition));
  const answers = (id: number) => reached.has(found.brokers.get(id) ?? '');
  const cluster = { address, partition, replicas: replication ?? Math.min(3, found.brokers.size) };
  for (const stream of streamNames) {
    const name = wanted.topics[stream];
    if (!there.includes(name)) {
      const problem =
        there.length === 0 ? absent(stream, wanted, cluster.replicas) : lost(stream, wanted, cluster.replicas);
      // One that was made is not shown by every broker at once.
      checked.problems.push(topicSettings === 'create' ? { ...problem, passing: true } : problem);
      continue;
    }
    const { error } = found.topics.get(name)!;
    if (error !== null) throw error;
    const topic = topicFound(name, found, settings.get(name)!);
    const inSyncMin = Number(topic.settings.get('min.insync.replicas'));
    const state = stateProblems(found, { name, partition, inSyncMin, answers });
    checked.problems.push(...topicProblems(stream, topic, cluster), ...state);
    checked.batchBytesMax[stream] = Number(topic.settings.get('max.message.bytes'));
  }
  return checked;
}

function isMissing({ topics }: ClusterFound, name: string): boolean {
  return topics.get(name)?.error?.type === unknownTopic;
}

/** Both with one request, which the cluster first says it can do. */
async function create(broker: BrokerConnection, wanted: TopicsWanted, replication: number): Promise<void> {
  const topics = streamNames.map((stream) => ({
    topic: wanted.topics[stream],
    numPartitions: wanted.partitions,
    replicationFactor: replication,
    configEntries: wantedSettings(stream, replication).map(({ name, value }) => ({ name, value })),
  }));
  await broker.createTopics(topics, { validateOnly: true });
  await broker.createTopics(topics);
}

/** New topics get all their copies, or wait: what is made with fewer stays so. */
function brokersMissing(
  { brokers }: ClusterFound,
  replication: number,
  { topics, address }: TopicsWanted,
): SetupProblem | null {
  if (brokers.size >= replication) return null;
  const { commands, events } = topics;
  return {
    subject: `Kafka at ${address}`,
    message: `the topics ${commands} and ${events} do not exist yet and get ${replication} copies, and ${brokers.size} of ${replication} brokers are there`,
    change: 'start the others; for a cluster that never has as many, give --replication with fewer copies',
    waits: true,
  };
}

function absent(stream: StreamName, wanted: TopicsWanted, replicas: number): SetupProblem {
  const message = 'it does not exist';
  return {
    subject: `topic ${wanted.topics[stream]}`,
    message,
    missing: true,
    change: createCommand(stream, wanted, replicas),
  };
}

/** One of the two is there, and this one is not: it was deleted, or never made with the other. */
function lost(stream: StreamName, wanted: TopicsWanted, replicas: number): SetupProblem {
  const { topics, address } = wanted;
  const other = topics[stream === 'events' ? 'commands' : 'events'];
  const change =
    stream === 'events'
      ? `put it back. If it is lost for good, so is the log: delete ${other} too (kafka-topics.sh --bootstrap-server ${address} --delete --topic ${other}), then holdfast rebuild --accept-lost-log`
      : `put it back. If it is lost for good, so is what was asked and not decided: ${createCommand(stream, wanted, replicas)}, then holdfast rebuild --accept-lost-log`;
  return {
    subject: `topic ${topics[stream]}`,
    message: `it does not exist, and ${other} does: a part of the log is lost`,
    change,
  };
}

function createCommand(stream: StreamName, { topics, partitions, address }: TopicsWanted, replicas: number): string {
  const settings = wantedSettings(stream, replicas).map(({ name, value }) => `--config ${name}=${value}`);
  return `kafka-topics.sh --bootstrap-server ${address} --create --topic ${topics[stream]} --partitions ${partitions} --replication-factor ${replicas} ${settings.join(' ')}`;
}
