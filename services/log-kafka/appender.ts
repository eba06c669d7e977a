import { LogError, type Logger, type NewRecord, type Runtime, recordBytes } from '@holdfast/log';
import type { Kafka, Producer } from 'kafkajs';
import { batches } from './batches.js';
import { isPassing, rootOf } from './errors.js';
import { kafkaLimits } from './limits.js';
import { retrying } from './retry.js';

export interface AppenderOptions {
  kafka: Kafka;
  topic: string;
  partition: number;
  /** `max.message.bytes` of the topic. */
  batchBytesMax: number;
  runtime: Runtime;
  logger: Logger;
}

/**
 * Appends to one partition.
 *
 * A producer makes one attempt at a time and is thrown away when one fails, with its connection: what it sent may still
 * land, but nothing more comes from it. The library would retry by itself, and go on to do so, on a new connection,
 * after it was disconnected. Attempts are repeated here, on a fresh producer, for 5 s. So a batch may be in the log
 * twice, or late; readers drop what repeats a sequence, and a command that repeats an id is answered as before. SPEC
 * rules 6, 9 and 11.
 */
export class KafkaAppender {
  #producer: Promise<Producer> | null = null;
  #closed = false;
  /** When the batch under way was begun, or null. */
  #since: number | null = null;
  #failed: { at: number; why: string } | null = null;

  constructor(private readonly options: AppenderOptions) {}

  /**
   * Why appends do not come to pass at the moment, or null: one has been under way for long, or the last one failed
   * just now.
   */
  get failure(): string | null {
    const now = this.options.runtime.now();
    const { topic } = this.options;
    const stuckMs = this.#since === null ? 0 : now - this.#since;
    if (stuckMs > kafkaLimits.appendStuckMs)
      return `an append to ${topic} has waited for more than ${kafkaLimits.appendStuckMs / 1_000} s: see whether its brokers follow, and have space`;
    if (this.#failed === null || now - this.#failed.at > kafkaLimits.appendFailedMs) return null;
    return `appends to ${topic} fail: ${this.#failed.why}`;
  }

  /** As ShardLog.append. */
  async append(records: NewRecord[]): Promise<void> {
    const max = this.options.batchBytesMax - kafkaLimits.batchOverheadBytes;
    for (const record of records) {
      if (recordBytes(record) <= max) continue;
      throw new LogError('too-large', `a record of ${this.options.topic} has over ${max} bytes`);
    }
    for (const batch of batches(records)) await this.#appendBatch(batch);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#discard(this.#producer);
  }

  async #appendBatch(batch: NewRecord[]): Promise<void> {
    const messages = batch.map(({ key, value }) => ({
      key,
      value: Buffer.from(value.buffer, value.byteOffset, value.byteLength),
    }));
    const attempt = (leftMs: number) => this.#attempt(messages, leftMs);
    const { runtime } = this.options;
    this.#since = runtime.now();
    try {
      await retrying(runtime, kafkaLimits.appendMs, attempt, (error) => !this.#closed && isPassing(error));
      this.#failed = null;
    } catch (cause) {
      this.#failed = { at: runtime.now(), why: rootOf(cause).message };
      // Given up while an attempt hangs: its producer is not to be used again either.
      void this.#discard(this.#producer);
      const why = rootOf(cause).message;
      throw new LogError('append-failed', `the append to ${this.options.topic} did not succeed for sure: ${why}`, {
        cause,
      });
    } finally {
      this.#since = null;
    }
  }

  async #attempt(messages: { key: string; value: Buffer }[], leftMs: number): Promise<void> {
    const { topic, logger } = this.options;
    const connecting = this.#producer ?? this.#connect();
    this.#producer = connecting;
    try {
      const producer = await connecting;
      await producer.send({ topic, messages, acks: -1, timeout: Math.max(1, Math.ceil(leftMs)) });
    } catch (error) {
      logger.warn({ topic, error: rootOf(error).message }, 'an append failed; its producer is discarded');
      void this.#discard(connecting);
      throw error;
    }
  }

  async #connect(): Promise<Producer> {
    const { kafka, partition } = this.options;
    const producer = kafka.producer({
      createPartitioner: () => () => partition,
      allowAutoTopicCreation: false,
      retry: { retries: 0 },
    });
    await producer.connect();
    return producer;
  }

  async #discard(connecting: Promise<Producer> | null): Promise<void> {
    if (this.#producer === connecting) this.#producer = null;
    await connecting?.then((producer) => producer.disconnect()).catch(() => {});
  }
}
