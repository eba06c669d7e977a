import type { LogRecord, PositionRange } from '@holdfast/log';
import type { Consumer, EachBatchPayload } from 'kafkajs';
import { onlyPartition } from './assigner.js';
import { rootOf } from './errors.js';
import { type RawMessage, rawMessagesOf } from './kafkajs.js';
import { kafkaLimits } from './limits.js';
import { sleep } from './retry.js';
import type { TailOptions } from './tail.js';

/** What a session reads for. */
export interface SessionReader {
  /** Position of the next record. */
  expected(): number;
  /** Takes the expected record. */
  take(record: LogRecord): void;
  /** True while no more should be read ahead. */
  full(): boolean;
  /** True when the next record is not in this range, nor at its head. */
  outside(range: PositionRange): boolean;
}

export type SessionEnd =
  | { why: 'closed' | 'stalled' | 'outside' }
  /** The next record has another position than the expected one. */
  | { why: 'hole'; position: number }
  | { why: 'crashed'; error: string };

/** One consumer, alone in a group of its own. See KafkaTail. */
export class TailSession {
  #consumer: Consumer;
  readonly #group: string;
  #end: SessionEnd | null = null;
  #onEnd: () => void = () => {};
  #room: () => void = () => {};

  constructor(
    private readonly options: TailOptions,
    private readonly reader: SessionReader,
  ) {
    const { kafka, clientId, topic, partition, runtime } = options;
    this.#group = `${clientId}-tail-${runtime.uuid()}`;
    this.#consumer = kafka.consumer({
      groupId: this.#group,
      partitionAssigners: [onlyPartition(topic, partition)],
      // Nobody writes transactions here; a stranger's that is left open must not hold everything back.
      readUncommitted: true,
      allowAutoTopicCreation: false,
      minBytes: 1,
      maxWaitTimeInMs: kafkaLimits.fetchWaitMs,
      maxBytesPerPartition: kafkaLimits.fetchBytesMax,
      maxBytes: kafkaLimits.fetchBytesMax,
      sessionTimeout: kafkaLimits.sessionMs,
      heartbeatInterval: kafkaLimits.heartbeatMs,
      retry: { restartOnFailure: async () => false },
    });
  }

  /** Reads until something ends the session. Never rejects. */
  async run(): Promise<SessionEnd> {
    const ended = new Promise<void>((resolve) => {
      this.#onEnd = resolve;
    });
    const reading = this.#read().catch((error: unknown) => this.#crash(error));
    this.#watch(-1);
    if (this.#end === null) await ended;
    // A start that is still under way would connect again after the disconnect.
    void reading.then(() => this.#leave()).catch(() => {});
    return this.#end!;
  }

  async #leave(): Promise<void> {
    await this.#consumer.disconnect();
    const { kafka, leavesNoGroups } = this.options;
    if (!leavesNoGroups) return;
    const admin = kafka.admin({ retry: { retries: 0 } });
    try {
      await admin.connect();
      await admin.deleteGroups([this.#group]);
    } finally {
      await admin.disconnect();
    }
  }

  /** Ends the session; the first reason counts. */
  end(end: SessionEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#room();
    this.#onEnd();
  }

  /** The reader is not full any more. */
  onRoom(): void {
    this.#room();
  }

  async #read(): Promise<void> {
    const { topic, partition } = this.options;
    const consumer = this.#consumer;
    // Called while the group's assignment is taken over, before the first fetch, and again after each rebalance.
    consumer.on(consumer.events.GROUP_JOIN, () => {
      consumer.seek({ topic, partition, offset: String(this.reader.expected()) });
    });
    consumer.on(consumer.events.CRASH, ({ payload }) => this.#crash(payload.error));
    // Positions whose records are gone never come to `eachBatch`.
    consumer.on(consumer.events.START_BATCH_PROCESS, ({ payload: { firstOffset, lastOffset } }) => {
      if (firstOffset === null && Number(lastOffset) >= this.reader.expected()) {
        this.end({ why: 'hole', position: Number(lastOffset) + 1 });
      }
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    if (this.#end === null) await consumer.run({ autoCommit: false, eachBatch: (payload) => this.#onBatch(payload) });
  }

  #crash(error: unknown): void {
    this.end({ why: 'crashed', error: rootOf(error).message });
  }

  async #onBatch({ batch, heartbeat }: EachBatchPayload): Promise<void> {
    let last = -1;
    const before = this.reader.expected();
    for (const message of rawMessagesOf(batch)) {
      if (this.#end !== null) return;
      last = Number(message.offset);
      // After a rebalance what was read already may come again.
      if (last < this.reader.expected()) continue;
      if (last > this.reader.expected()) return this.end({ why: 'hole', position: last });
      this.reader.take(toRecord(message, last));
    }
    // Nothing but what lies behind: the library went back to the start by itself.
    if (last >= 0 && this.reader.expected() === before) return this.end({ why: 'hole', position: last });
    while (this.reader.full() && this.#end === null) {
      await this.#roomOrHeartbeat();
      await heartbeat();
    }
  }

  #roomOrHeartbeat(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.options.runtime.after(kafkaLimits.heartbeatMs, resolve);
      this.#room = () => {
        cancel();
        resolve();
      };
    });
  }

  /**
   * Looks after each quiet while whether there was something to read. `stuckAt`: the position at which that was so
   * before.
   */
  #watch(stuckAt: number): void {
    const before = this.reader.expected();
    void sleep(this.options.runtime, kafkaLimits.idleCheckMs).then(async () => {
      if (this.#end !== null) return;
      if (this.reader.expected() !== before || this.reader.full()) return this.#watch(-1);
      const range = await this.options.positions.lookUp(this.options.topic).catch(() => null);
      const expected = this.reader.expected();
      // It may have come during the look-up, or the broker is unavailable, and the consumer is told so by itself.
      if (range === null || expected !== before) return this.#watch(-1);
      if (this.reader.outside(range)) return this.end({ why: 'outside' });
      const behind = range.head > expected && !this.reader.full();
      if (behind && stuckAt === expected) return this.end({ why: 'stalled' });
      this.#watch(behind ? expected : -1);
    });
  }
}

/**
 * The mark at the end of a stranger's transaction has a position as any record has, and nothing in it that is for
 * readers.
 */
function toRecord({ key, value, timestamp, isControlRecord }: RawMessage, position: number): LogRecord {
  const appendTime = Number(timestamp);
  if (isControlRecord) return { position, key: '', value: new Uint8Array(), appendTime };
  return { position, key: key?.toString() ?? '', value: value ?? new Uint8Array(), appendTime };
}
