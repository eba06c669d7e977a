import {
  LogError,
  type Logger,
  type LogWatcher,
  type NewRecord,
  type PositionRange,
  type Runtime,
  type ShardLog,
  type StreamName,
  type Tail,
} from '@holdfast/log';
import type { Kafka } from 'kafkajs';
import { KafkaAppender } from './appender.js';
import { connectAndCheck } from './check.js';
import { createClient, type KafkaSettings } from './client.js';
import { KafkaProblems, problemLine, rootOf } from './errors.js';
import { kafkaLimits } from './limits.js';
import { PartitionRanges } from './positions.js';
import { sleep, within } from './retry.js';
import { KafkaTail } from './tail.js';
import { defaultTopics, type KafkaTopics } from './topic-names.js';
import type { TopicsChecked } from './topics.js';
import { KafkaWatch } from './watch.js';

export interface KafkaLogOptions extends KafkaSettings {
  shard: string;
  /** The shard's partition in both topics. */
  partition: number;
  topics?: KafkaTopics;
  /** How many partitions a topic gets that does not exist yet. Default: enough for this shard. */
  partitions?: number;
  /**
   * `create` (default) makes topics that are missing; `check` takes them for a problem. Neither changes existing ones.
   */
  topicSettings?: 'check' | 'create';
  /** See KafkaCheckOptions. */
  replication?: number;
  beforeMaking?: () => Promise<void>;
  /** The groups that it reads with are removed again, where this user may; else brokers drop them in time. */
  leavesNoGroups?: boolean;
  runtime: Runtime;
  logger: Logger;
}

/**
 * One shard of a Kafka cluster: the same partition of two topics. Throws KafkaProblems, within 10 s, when the cluster
 * cannot be reached or a topic is not as the protocol needs it.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<ShardLog> {
  const { problems, batchBytesMax } = await checkOnceBrokersAreThere(options);
  // What only keeps from appending is said by `watch` while it lasts, and keeps nobody from reading.
  const wrong = problems.filter(({ appends }) => appends !== true);
  if (wrong.length > 0) throw new KafkaProblems(wrong);
  return new KafkaLog(createClient(options, options.logger), options, batchBytesMax);
}

/** New topics wait for as many brokers as they get copies, and say so now and then. */
async function checkOnceBrokersAreThere(options: KafkaLogOptions): Promise<TopicsChecked> {
  const { runtime, logger, topicSettings } = options;
  for (let said = Number.NEGATIVE_INFINITY; ; ) {
    const checked = await connectAndCheck(options);
    const waiting = checked.problems.find(({ waits }) => waits);
    if (waiting === undefined || topicSettings === 'check') return checked;
    if (runtime.now() - said >= kafkaLimits.tellWaitingMs) {
      said = runtime.now();
      logger.warn({ problem: problemLine(waiting) }, 'waiting for brokers: nothing is made before they are there');
    }
    await sleep(runtime, kafkaLimits.askForBrokersMs);
  }
}

class KafkaLog implements ShardLog {
  readonly shard: string;
  readonly exclusive = false;
  #topics: KafkaTopics;
  #positions: PartitionRanges;
  #appenders: Record<StreamName, KafkaAppender>;
  #tails = new Set<KafkaTail>();
  #watches = new Set<KafkaWatch>();
  #working = new Set<Promise<unknown>>();
  #closed: Promise<void> | null = null;

  constructor(
    private readonly kafka: Kafka,
    private readonly options: KafkaLogOptions,
    batchBytesMax: Record<StreamName, number>,
  ) {
    const { partition, runtime, logger, topics = defaultTopics } = options;
    this.shard = options.shard;
    this.#topics = topics;
    this.#positions = new PartitionRanges(kafka, partition, runtime);
    // A connection for each, as a broker answers one request of a connection after the other.
    const appender = (stream: StreamName) =>
      new KafkaAppender({
        kafka,
        topic: topics[stream],
        partition,
        batchBytesMax: batchBytesMax[stream],
        runtime,
        logger,
      });
    this.#appenders = { commands: appender('commands'), events: appender('events') };
  }

  async append(stream: StreamName, records: NewRecord[]): Promise<void> {
    this.#checkOpen();
    const working = this.#appenders[stream].append(records);
    this.#working.add(working);
    try {
      await working;
    } finally {
      this.#working.delete(working);
    }
  }

  async head(stream: StreamName): Promise<number> {
    this.#checkOpen();
    return (await this.#lookUp(stream)).head;
  }

  async start(stream: StreamName): Promise<number> {
    this.#checkOpen();
    return (await this.#lookUp(stream)).start;
  }

  async #lookUp(stream: StreamName): Promise<PositionRange> {
    const topic = this.#topics[stream];
    try {
      return await this.#positions.lookUp(topic);
    } catch (cause) {
      if (cause instanceof LogError) throw cause;
      throw new LogError('unavailable', `topic ${topic} does not answer: ${rootOf(cause).message}`, { cause });
    }
  }

  /** A position out of range is found at the first `next()`. */
  tail(stream: StreamName, position: number): Tail {
    this.#checkOpen();
    const { partition, clientId, leavesNoGroups, runtime, logger } = this.options;
    const options = { kafka: this.kafka, topic: this.#topics[stream], positions: this.#positions };
    const tail = new KafkaTail(
      { ...options, partition, clientId, leavesNoGroups, runtime, logger },
      position,
      (closed) => this.#tails.delete(closed),
    );
    this.#tails.add(tail);
    return tail;
  }

  watch(watcher: LogWatcher): () => void {
    this.#checkOpen();
    const { partition, runtime, logger } = this.options;
    const appendFailure = (stream: StreamName) => this.#appenders[stream].failure;
    const options = { settings: this.options, topics: this.#topics, partition, runtime, logger, watcher };
    const watch = new KafkaWatch({ ...options, appendFailure });
    this.#watches.add(watch);
    watch.start();
    return () => watch.close();
  }

  /** Waits for what was begun, then ends the connections. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    for (const watch of this.#watches) watch.close();
    const tails = [...this.#tails];
    for (const tail of tails) tail.close();
    await Promise.allSettled(this.#working);
    const ends = [
      ...tails.map((tail) => tail.ended()),
      ...Object.values(this.#appenders).map((appender) => appender.close()),
      this.#positions.close(),
    ];
    // A broker that is unavailable must not keep this process from ending.
    await within(this.options.runtime, kafkaLimits.closeMs, Promise.allSettled(ends)).catch(() => {});
  }

  #checkOpen(): void {
    if (this.#closed !== null) throw new LogError('closed', `the log of ${this.shard} is closed`);
  }
}
