import { LogError, type Logger, type LogRecord, type PositionRange, type Runtime, type Tail } from '@holdfast/log';
import type { Kafka } from 'kafkajs';
import { ConsumerBuffer } from './consumer-buffer.js';
import { isPassing, rootOf } from './errors.js';
import { kafkaLimits } from './limits.js';
import type { PartitionRanges } from './positions.js';
import { backOffMs, sleep } from './retry.js';
import { type SessionEnd, TailSession } from './tail-session.js';

export interface TailOptions {
  kafka: Kafka;
  /** Begins the names of the groups. */
  clientId: string;
  /** See KafkaLogOptions. */
  leavesNoGroups?: boolean | undefined;
  topic: string;
  partition: number;
  positions: PartitionRanges;
  runtime: Runtime;
  logger: Logger;
}

/**
 * A tail of one partition, on a library that has no way to just read one.
 *
 * kafkajs reads as a member of a consumer group. So a tail makes a group of its own, under a name never used before (a
 * name used again would first wait for the member that died), commits nothing, and says where to read by a seek, at the
 * moment at which the partition is assigned: earlier it does nothing, later something else was read first. One such
 * consumer is a *session*. When the broker goes away, the group is lost, or anything is odd, the session is thrown away
 * and another begins at the position that is next here. So there is one way to recover, and it is the way everything
 * starts.
 *
 * Odd is any record other than the expected one. For kafkajs resets in silence: asked for a position that the log does
 * not hold, it reads from the log's start. Before each session the range that the log holds is looked up, and a
 * position outside it ends the tail. A hole inside the range is believed when a second session finds it too: then the
 * log is corrupt.
 *
 * A session that brings nothing for 2 s is checked in the same way, as a log that lost its tail brings nothing either.
 */
export class KafkaTail implements Tail {
  #records = new ConsumerBuffer();
  #expected: number;
  #failure: Error | null = null;
  #closed = false;
  #wake: (() => void) | null = null;
  #session: TailSession | null = null;
  #ended: Promise<void>;

  constructor(
    private readonly options: TailOptions,
    position: number,
    private readonly onClose: (tail: KafkaTail) => void,
  ) {
    this.#expected = position;
    this.#ended = this.#run().catch((error: unknown) => this.#fail(error as Error));
  }

  async next(): Promise<LogRecord[] | null> {
    if (this.#wake !== null) throw new Error('a tail takes one call of next() at a time');
    while (!this.#closed) {
      if (!this.#records.empty) {
        const records = this.#records.take();
        this.#session?.onRoom();
        return records;
      }
      if (this.#failure !== null) throw this.#failure;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = null;
    }
    return null;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#session?.end({ why: 'closed' });
    this.#wake?.();
    this.onClose(this);
  }

  /** Resolves once the connections are gone. */
  ended(): Promise<void> {
    return this.#ended;
  }

  async #run(): Promise<void> {
    let hole = -1;
    for (let failures = 0; !this.#closed; failures++) {
      const range = await this.#range();
      if (range === null || this.#closed) continue;
      this.#check(range);
      const from = this.#expected;
      const end = await this.#readSession();
      if (end.why === 'hole' && hole === this.#expected) {
        throw new LogError(
          'corrupt',
          `${this.#name}: position ${hole} holds no record, the next is at ${end.position} or later`,
        );
      }
      hole = end.why === 'hole' ? this.#expected : -1;
      if (this.#closed) return;
      if (this.#expected > from) failures = 0;
      this.options.logger.warn(
        { topic: this.options.topic, position: this.#expected, ...end },
        'a tail reads on with a new session',
      );
      await sleep(this.options.runtime, backOffMs(this.options.runtime, failures + 1));
    }
  }

  /** Null while the broker does not say; then it is asked again, for as long as the tail is open. */
  async #range(): Promise<PositionRange | null> {
    try {
      return await this.options.positions.lookUp(this.options.topic);
    } catch (error) {
      if (this.#closed) return null;
      if (!isPassing(error)) throw error;
      this.options.logger.warn(
        { topic: this.options.topic, error: rootOf(error).message },
        'a tail waits for its broker',
      );
      await sleep(this.options.runtime, kafkaLimits.retryMsMax);
      return null;
    }
  }

  async #readSession(): Promise<SessionEnd> {
    const session = new TailSession(this.options, {
      expected: () => this.#expected,
      take: (record) => this.#take(record),
      full: () => this.#records.bytes > kafkaLimits.readAheadBytesMax,
      outside: ({ start, head }) => this.#expected < start || this.#expected > head,
    });
    this.#session = session;
    const end = await session.run();
    this.#session = null;
    return end;
  }

  #take(record: LogRecord): void {
    this.#records.push(record);
    this.#expected = record.position + 1;
    this.#wake?.();
  }

  #check({ start, head }: PositionRange): void {
    if (Number.isInteger(this.#expected) && this.#expected >= start && this.#expected <= head) return;
    throw new LogError(
      'out-of-range',
      `${this.#name} holds positions ${start} to ${head - 1}; ${this.#expected} was asked for`,
    );
  }

  #fail(error: Error): void {
    if (this.#closed) return;
    this.#failure = error;
    this.#wake?.();
  }

  get #name(): string {
    return `partition ${this.options.partition} of ${this.options.topic}`;
  }
}
