import { LogError, type PositionRange, type Runtime } from '@holdfast/log';
import type { Admin, Kafka } from 'kafkajs';
import { isPassing } from './errors.js';
import { kafkaLimits } from './limits.js';
import { retrying } from './retry.js';

/**
 * Looks up what partitions hold, over one connection.
 *
 * Every linearizable read asks, so calls share: while one look-up is under way, those that come meanwhile wait for the
 * next, as theirs must begin after they asked.
 */
export class PartitionRanges {
  #admin: Promise<Admin> | null = null;
  #running = new Map<string, Promise<PositionRange>>();
  #next = new Map<string, Promise<PositionRange>>();
  #closed = false;

  constructor(
    private readonly kafka: Kafka,
    private readonly partition: number,
    private readonly runtime: Runtime,
  ) {}

  /** What the partition of `topic` holds, looked up after the call. Rejects when it cannot be known within 5 s. */
  lookUp(topic: string): Promise<PositionRange> {
    const running = this.#running.get(topic);
    if (running === undefined) return this.#start(topic);
    const next = this.#next.get(topic) ?? running.catch(() => {}).then(() => this.#start(topic));
    this.#next.set(topic, next);
    return next;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#discard(this.#admin);
  }

  #start(topic: string): Promise<PositionRange> {
    this.#next.delete(topic);
    const running = retrying(
      this.runtime,
      kafkaLimits.lookUpMs,
      () => this.#ask(topic),
      (error) => !this.#closed && isPassing(error),
    );
    this.#running.set(topic, running);
    const end = () => {
      if (this.#running.get(topic) === running) this.#running.delete(topic);
    };
    running.then(end, () => {
      end();
      // Given up while it hangs: whoever asks next begins anew.
      this.#letGo(this.#admin);
    });
    return running;
  }

  async #ask(topic: string): Promise<PositionRange> {
    if (this.#closed) throw new LogError('closed', 'the log is closed');
    const connecting = this.#admin ?? this.#connect();
    this.#admin = connecting;
    try {
      const partitions = await (await connecting).fetchTopicOffsets(topic);
      const found = partitions.find(({ partition }) => partition === this.partition);
      if (found === undefined) throw new Error(`topic ${topic} has no partition ${this.partition}`);
      return { start: Number(found.low), head: Number(found.high) };
    } catch (error) {
      this.#letGo(connecting);
      throw error;
    }
  }

  #letGo(connecting: Promise<Admin> | null): void {
    if (this.#admin === connecting) this.#admin = null;
    void this.#discard(connecting);
  }

  async #connect(): Promise<Admin> {
    // One attempt each: who calls retries, with a fresh connection.
    const admin = this.kafka.admin({ retry: { retries: 0 } });
    await admin.connect();
    return admin;
  }

  async #discard(connecting: Promise<Admin> | null): Promise<void> {
    await connecting?.then((admin) => admin.disconnect()).catch(() => {});
  }
}
