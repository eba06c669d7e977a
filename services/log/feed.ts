import type { Steps } from '@holdfast/events/steps';
import { adoptSchemas, type EventDecoder, takeRecord } from './decode.js';
import type { Checkpoint, Group } from './group.js';
import { lostLog } from './known.js';
import { logLimits } from './limits.js';
import { LogError, type LogRecord, type ShardLog, type Tail } from './port.js';
import { GroupReader } from './reader.js';
import { unlessLost } from './stretch.js';
import { giveWay } from './turn.js';

/**
 * All are called in the order of the log, and the next only when the one before has ended. One that throws stops the
 * feed.
 */
export interface FeedListener {
  /** A large group may be taken in steps. */
  group?(group: Group): Steps<void> | void;
  /** After each batch and its groups: everything below `position` was read, also where that ends within a group. */
  read?(position: number): void;
  /** A record that no writer of this log wrote was passed over. */
  stray?(position: number): void;
  /** The reader's epoch or owner changed, or its owner ended it. */
  epoch?(): void;
  /**
   * Nothing more will come: the log contradicts itself, an event cannot be decoded, the tail failed, or a listener
   * threw.
   */
  stopped?(error: Error): void;
}

export interface GroupFeedOptions {
  log: ShardLog;
  codec: EventDecoder;
  /** Default: the log's start. */
  checkpoint?: Checkpoint;
  onStop?(error: Error): void;
  /** Lets the event loop turn, so that a long replay does not block it. Default: giveWay. */
  turn?(): Promise<void>;
}

interface Waiter {
  head: number;
  resolve(): void;
  reject(error: Error): void;
}

/** Tails `events` of one shard and hands every accepted group to its subscribers. SPEC rules 6 to 8. */
export class GroupFeed {
  readonly reader: GroupReader;
  #options: GroupFeedOptions;
  #listeners = new Set<FeedListener>();
  #waiters: Waiter[] = [];
  #tail: Tail | null = null;
  #running: Promise<void> | null = null;
  #closed = false;
  #stopped: Error | null = null;
  #position: number;
  #eventsThisTurn = 0;

  constructor(options: GroupFeedOptions) {
    this.#options = options;
    this.reader = new GroupReader(options.log.shard, options.checkpoint);
    adoptSchemas(options.codec, this.reader, 'in its checkpoint');
    this.#position = this.reader.position;
  }

  /** Everything below was read and handed out. */
  get position(): number {
    return this.#position;
  }

  /** What stopped the feed, or null. A feed that was closed is not stopped. */
  get stopped(): Error | null {
    return this.#stopped;
  }

  /** Begins to read. Calls after the first do nothing. */
  start(): void {
    if (this.#running !== null || this.#closed) return;
    this.#running = this.#run().catch((error: unknown) => this.#stop(this.#meaning(asError(error))));
  }

  /** Gives the function that ends the subscription. Groups read before are not repeated. */
  subscribe(listener: FeedListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The head of `events`, looked up after the call began. Stops the feed where the log is shorter than what was read
   * before: it lost its tail (LogError `lost`), and what was read of it must be neither shown nor built upon. SPEC
   * rule 6.
   */
  async head(): Promise<number> {
    const read = this.#position;
    const head = await this.#options.log.head('events');
    if (head >= read) return head;
    const error = this.#lost(`it now ends at position ${head}: it lost its tail`);
    this.#stop(error);
    throw error;
  }

  /**
   * Resolves once everything below `head` was read and handed out. Rejects when the feed is stopped or closed first.
   */
  caughtUpWith(head: number): Promise<void> {
    if (this.#stopped !== null) return Promise.reject(this.#stopped);
    if (this.#closed) return Promise.reject(closed());
    if (this.#position >= head) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ head, resolve, reject }));
  }

  /**
   * Reads up to the head of now. Stops the feed where the log loses what is not read yet meanwhile: nobody would come
   * past that before others append, and then with other records than those that were there.
   */
  async readToHead(): Promise<void> {
    const to = await this.head();
    try {
      await unlessLost(this.#options.log, { stream: 'events', to }, this.caughtUpWith(to));
    } catch (error) {
      if (error instanceof LogError && error.code === 'lost') this.#stop(error);
      throw error;
    }
  }

  /** Somebody else found that the log is not the one that was read. */
  stop(error: Error): void {
    this.#stop(error);
  }

  /** Resolves once nothing more is handed out. Does not close the log. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#tail?.close();
    this.#rejectWaiters(closed());
    await this.#running;
  }

  /** A position that was read, and is not there any more. */
  #meaning(error: Error): Error {
    if (!(error instanceof LogError) || error.code !== 'out-of-range') return error;
    return this.#lost(`it does not go on from there: ${error.message}`);
  }

  #lost(found: string): LogError {
    const { shard } = this.reader;
    const place = { shard, log: '', read: this.#position, checkpoint: this.reader.checkpoint() };
    return lostLog({ by: 'this process', ...place }, found);
  }

  get #over(): boolean {
    return this.#closed || this.#stopped !== null;
  }

  async #run(): Promise<void> {
    this.#tail = this.#options.log.tail('events', this.reader.position);
    while (!this.#over) {
      const records = await this.#tail.next();
      if (this.#over) return;
      if (records === null) throw new LogError('closed', 'the log was closed under its reader');
      await this.#hand(records);
      // A listener, or somebody during a turn, may have ended the feed.
      if (this.#over) return;
      this.#position = this.reader.position;
      this.#tell((listener) => listener.read?.(this.#position));
      this.#resolveWaiters();
    }
  }

  async #hand(records: LogRecord[]): Promise<void> {
    for (const record of records) {
      if (this.#over) return;
      const steps = this.#take(record);
      while (!steps.next().done) {
        await this.#turn();
        if (this.#over) return;
      }
      if (++this.#eventsThisTurn >= logLimits.feedEventsPerTurnMax) {
        this.#eventsThisTurn = 0;
        await this.#turn();
      }
    }
  }

  #turn(): Promise<void> {
    return (this.#options.turn ?? giveWay)();
  }

  *#take(record: LogRecord): Steps<void> {
    const { epoch, ended } = this.reader;
    const { group, stray } = takeRecord(this.#options.codec, this.reader, record);
    if (stray) this.#tell((listener) => listener.stray?.(record.position));
    if (group !== null) {
      for (const listener of [...this.#listeners]) yield* listener.group?.(group) ?? [];
    }
    // An owner changes only together with its epoch.
    if (this.reader.epoch !== epoch || this.reader.ended !== ended) this.#tell((listener) => listener.epoch?.());
  }

  #tell(call: (listener: FeedListener) => void): void {
    for (const listener of [...this.#listeners]) call(listener);
  }

  #stop(error: Error): void {
    this.#tail?.close();
    if (this.#closed || this.#stopped !== null) return;
    this.#stopped = error;
    this.#rejectWaiters(error);
    const calls = [...this.#listeners].map((listener) => () => listener.stopped?.(error));
    for (const call of [...calls, () => this.#options.onStop?.(error)]) {
      try {
        call();
      } catch {
        // The feed has stopped already, and the others must hear of it too.
      }
    }
  }

  #resolveWaiters(): void {
    const [due, later] = [[] as Waiter[], [] as Waiter[]];
    for (const waiter of this.#waiters) (waiter.head <= this.#position ? due : later).push(waiter);
    this.#waiters = later;
    for (const waiter of due) waiter.resolve();
  }

  #rejectWaiters(error: Error): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.reject(error);
  }
}

function closed(): LogError {
  return new LogError('closed', 'the feed was closed');
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
