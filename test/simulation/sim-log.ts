import { LogError, type LogRecord, type NewRecord, type ShardLog, type StreamName, type Tail } from '@holdfast/log';
import type { SimProcess, World } from './world.js';

/** What all processes share: the two streams, and how bad the network is. */
export class SimStorage {
  readonly streams: Record<StreamName, LogRecord[]> = { commands: [], events: [] };
  /** Nothing goes wrong any more. */
  calm = false;
  #watchers = new Set<() => void>();

  constructor(readonly world: World) {}

  land(stream: StreamName, records: NewRecord[]): void {
    const held = this.streams[stream];
    for (const { key, value } of records) {
      held.push({ key, value, position: held.length, appendTime: this.world.now });
    }
    for (const watcher of [...this.#watchers]) watcher();
  }

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }
}

/** One process's view of the storage: appends may be refused, cut, split, late, doubled, or lose their answer. */
export class SimLog implements ShardLog {
  readonly shard = 'shard-0';
  readonly exclusive = false;

  constructor(
    private readonly storage: SimStorage,
    private readonly process: SimProcess,
  ) {}

  append(stream: StreamName, records: NewRecord[]): Promise<void> {
    const { world } = this.storage;
    const { random } = world;
    return new Promise((resolve, reject) => {
      const answer = (ms: number, error?: LogError) =>
        this.process.after(ms, () => (error ? reject(error) : resolve()));
      const land = (ms: number, part: NewRecord[], then = () => {}) =>
        world.after(ms, () => {
          this.storage.land(stream, part);
          then();
        });
      const failed = new LogError('append-failed', 'the answer was lost');
      const soon = random.int(0, 3);
      const cut = random.int(0, records.length);
      const luck = this.storage.calm ? 0 : random.next();
      if (luck < 0.9) {
        land(soon, records, () => answer(random.int(0, 3)));
      } else if (luck < 0.92) {
        world.fault('append split');
        land(soon, records.slice(0, cut));
        land(soon + random.int(1, 40), records.slice(cut), () => answer(random.int(0, 3)));
      } else if (luck < 0.94) {
        world.fault('append refused');
        answer(soon, failed);
      } else if (luck < 0.955) {
        world.fault('append cut');
        land(soon, records.slice(0, cut));
        answer(soon + 1, failed);
      } else if (luck < 0.97) {
        world.fault('append answer lost');
        land(soon, records);
        answer(soon + 1, failed);
      } else if (luck < 0.985) {
        world.fault('append late');
        // Often about when its owner, or another, claims the shard again.
        land(random.chance(0.5) ? random.int(10, 120) : random.int(10, 6_000), records);
        answer(soon + 1, failed);
      } else {
        world.fault('append doubled');
        land(soon, records);
        land(random.int(5, 3_000), records);
        answer(soon + 1, failed);
      }
    });
  }

  head(stream: StreamName): Promise<number> {
    const found = () => this.storage.streams[stream].length;
    return new Promise((resolve) => this.process.after(this.storage.world.random.int(0, 2), () => resolve(found())));
  }

  start(): Promise<number> {
    return Promise.resolve(0);
  }

  tail(stream: StreamName, position: number): Tail {
    const held = this.storage.streams[stream];
    if (position > held.length) throw new LogError('out-of-range', `${stream} has no position ${position}`);
    return new SimTail(this.storage, this.process, held, position);
  }

  async close(): Promise<void> {}
}

class SimTail implements Tail {
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(
    private readonly storage: SimStorage,
    private readonly process: SimProcess,
    private readonly held: LogRecord[],
    private position: number,
  ) {}

  next(): Promise<LogRecord[] | null> {
    return new Promise((resolve) => {
      const deliver = () => {
        this.process.after(this.storage.world.random.int(0, 3), () => {
          if (this.#closed) return resolve(null);
          const upTo = Math.min(this.held.length, this.position + this.storage.world.random.int(1, 40));
          const records = this.held.slice(this.position, upTo);
          this.position = upTo;
          resolve(records);
        });
      };
      if (this.#closed) return resolve(null);
      if (this.position < this.held.length) return deliver();
      const stop = this.storage.watch(() => {
        if (this.position >= this.held.length) return;
        stop();
        deliver();
      });
      this.#wake = () => {
        stop();
        resolve(null);
      };
    });
  }

  close(): void {
    this.#closed = true;
    this.#wake?.();
  }
}
