import { logLimits, type StreamName } from '@holdfast/log';

/** Something that must change before the service can run, with the way to do it. */
export interface SetupProblem {
  /** What it is about, e.g. `topic holdfast-events` or `Kafka at host:9092`. */
  subject: string;
  /** What is wrong, e.g. `retention.ms is 604800000 and must be -1`. */
  message: string;
  /** What to do, a command where there is one. */
  change: string;
  /** A topic that does not exist yet, and could be created at start. */
  missing?: true;
  /** Likely to pass by itself, when brokers are back or done. */
  passing?: true;
  /** Only keeps from appending: what is there can be read. */
  appends?: true;
  /** Nothing is wrong with what is there: brokers are still missing, and a start waits for them. */
  waits?: true;
}

/** A topic as found. */
export interface TopicFound {
  name: string;
  partitions: number;
  /** Of the partition with the fewest copies. */
  replicas: number;
  /** Values by the broker's names. */
  settings: ReadonlyMap<string, string>;
}

interface Wanted {
  name: string;
  /** What a new topic gets, and what an existing one is told to have. */
  value: string;
  /** Default: equality. */
  suits?(found: string): boolean;
  /** How the message says it, where it is not one value. */
  words?: string;
}

const dayMs = 24 * 60 * 60 * 1_000;
const commandsRetentionMsMin = 7 * dayMs;
/** Events are small: one component's change each. */
const eventBytesMax = 8 * 1024 * 1024;

const atLeast = (name: string, value: number): Wanted => ({
  name,
  value: String(value),
  suits: (found) => Number(found) >= value,
  words: `at least ${value}`,
});

/** What the protocol needs of each topic. SPEC rule 1. */
export function wantedSettings(stream: StreamName, replicas: number): Wanted[] {
  const retention: Wanted =
    stream === 'events'
      ? { name: 'retention.ms', value: '-1', words: '-1 (events are kept for ever)' }
      : {
          name: 'retention.ms',
          value: String(commandsRetentionMsMin),
          suits: (found) => found === '-1' || Number(found) >= commandsRetentionMsMin,
          words: `at least ${commandsRetentionMsMin} (7 days), or -1`,
        };
  return [
    { name: 'message.timestamp.type', value: 'LogAppendTime' },
    { name: 'cleanup.policy', value: 'delete' },
    retention,
    { name: 'retention.bytes', value: '-1' },
    atLeast('max.message.bytes', stream === 'events' ? eventBytesMax : logLimits.recordBytesMax),
    atLeast('min.insync.replicas', Math.min(2, replicas)),
    { name: 'unclean.leader.election.enable', value: 'false' },
    {
      // Not `producer`: a stranger's batch in a compression that cannot be read here has no way past. Ours come plain.
      name: 'compression.type',
      value: 'uncompressed',
      suits: (found) => ['uncompressed', 'producer', 'gzip'].includes(found),
      words: 'uncompressed, producer or gzip (what this service can read)',
    },
  ];
}

/** The cluster that `npm run kafka` starts names itself so. */
export const localCluster = 'holdfast-local-cluster';

/**
 * Copies of new topics where nobody says how many: 3, but for the local cluster, which has no more than its brokers.
 */
export function copiesWanted({ id, brokers }: { id: string | null; brokers: { size: number } }): number {
  return id === localCluster ? Math.min(3, brokers.size) : 3;
}

/** What is wrong with a topic, for a shard in partition number `partition` that is to have `replicas` copies. */
export function topicProblems(
  stream: StreamName,
  found: TopicFound,
  cluster: { address: string; replicas: number; partition: number },
): SetupProblem[] {
  const subject = `topic ${found.name}`;
  const problems: SetupProblem[] = [];
  if (found.partitions <= cluster.partition) {
    problems.push({
      subject,
      message: `it has ${found.partitions} partitions, and the shard is partition ${cluster.partition}`,
      change: `kafka-topics.sh --bootstrap-server ${cluster.address} --alter --topic ${found.name} --partitions ${cluster.partition + 1}`,
    });
  }
  const { replicas } = cluster;
  if (found.replicas < replicas) {
    problems.push({
      subject,
      message: `it has ${found.replicas} replicas and must have at least ${replicas}`,
      change: `give each of its partitions ${replicas} replicas: kafka-reassign-partitions.sh --bootstrap-server ${cluster.address}`,
    });
  }
  return [...problems, ...settingProblems(stream, found, cluster.address)];
}

/** What is wrong with the settings of a topic. */
export function settingProblems(
  stream: StreamName,
  { name: topic, replicas, settings }: Pick<TopicFound, 'name' | 'replicas' | 'settings'>,
  address: string,
): SetupProblem[] {
  return wantedSettings(stream, replicas).flatMap(({ name, value, suits, words }) => {
    const has = settings.get(name);
    if (has === undefined || (suits?.(has) ?? has === value)) return [];
    return {
      subject: `topic ${topic}`,
      message: `${name} is ${has} and must be ${words ?? value}`,
      change: `kafka-configs.sh --bootstrap-server ${address} --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${value}`,
    };
  });
}
