import {
  LogError,
  type LogRecord,
  type LogSpace,
  type NewRecord,
  type Runtime,
  recordBytes,
  type ShardLog,
  type StreamName,
  type Tail,
} from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import type { SimStorage } from './storage.js';
import type { SimProcess } from './world.js';

/** Largest record, in bytes, and most records that land together. */
const simLogLimits = { recordBytesMax: 16_384, recordsTogetherMax: 12 } as const;

interface Append {
  stream: StreamName;
  records: NewRecord[];
  /** Lands a part after `ms`. */
  land(ms: number, part: NewRecord[]): void;
  /** Tells the process, after `ms`: later than what lands, as what falls together comes in any order. */
  answer(ms: number, error?: LogError): void;
}

/** One process's view of the storage: appends may be refused, cut, split, late, doubled, or lose their answer. */
export class SimLog implements ShardLog {
  readonly shard = shardName;
  readonly exclusive = false;

  readonly space: LogSpace;
  readonly after: Runtime['after'];

  constructor(
    private readonly storage: SimStorage,
    private readonly process: SimProcess,
  ) {
    this.after = process.lookAgain;
    this.space = {
      get takes() {
        return storage.takes;
      },
      reason: 'no space left',
      freeBytes: 0,
      reserveBytes: 0,
      look: async () => {},
    };
  }

  append(stream: StreamName, records: NewRecord[]): Promise<void> {
    const { storage, process } = this;
    const awaits = `append of ${records.length} to ${stream}`;
    return new Promise((resolve, reject) => {
      if (!process.lives(awaits)) return;
      const sentAt = storage.world.now;
      for (const { value } of records) if (!storage.sentAt.has(value)) storage.sentAt.set(value, sentAt);
      const land = (ms: number, part: NewRecord[]) =>
        storage.world.after(ms, () => {
          if (sentAt <= (storage.replaced?.at ?? -1)) for (const { value } of part) storage.sentToLost.add(value);
          storage.land(stream, part, process.name);
        });
      const answer = (ms: number, error?: LogError) =>
        process.after(ms, `the answer to ${awaits}`, () => (error ? reject(error) : resolve()));
      this.#run({ stream, records, land, answer });
    });
  }

  head(stream: StreamName): Promise<number> {
    const { random } = this.storage.world;
    return this.process.ask(random.int(0, 2), `head of ${stream}`, () => this.storage.streams[stream].length);
  }

  start(stream: StreamName): Promise<number> {
    return Promise.resolve(stream === 'commands' ? this.storage.commandsStart : 0);
  }

  tail(stream: StreamName, position: number): Tail {
    const start = stream === 'commands' ? this.storage.commandsStart : 0;
    if (position > this.storage.streams[stream].length || position < start) throw outOfRange(stream, position);
    return new SimTail(this.storage, this.process, stream, position);
  }

  async close(): Promise<void> {}

  #run(append: Append): void {
    const { world, calm, refusing, takes } = this.storage;
    const { random } = world;
    const { stream, records, answer } = append;
    const soon = random.int(0, 3) + this.#late(stream);
    const tooLarge = records.find((record) => recordBytes(record) > simLogLimits.recordBytesMax);
    if (tooLarge !== undefined) {
      world.fault('command too large', this.process.name, stream);
      answer(soon, new LogError('too-large', `a record of ${stream} has over ${simLogLimits.recordBytesMax} bytes`));
    } else if (takes === 'nothing') answer(soon, new LogError('full', 'no space left'));
    else if (refusing > 0) answer(soon, new LogError('append-failed', 'nothing can be appended'));
    else if (records.length > simLogLimits.recordsTogetherMax) this.#inParts(append);
    else if (calm || random.chance(0.9)) {
      append.land(soon, records);
      answer(soon + random.int(1, 3));
    } else this.#badly(append, soon);
  }

  /** What this append takes longer, where it is the one that is to be late. */
  #late(stream: StreamName): number {
    const { storage, process } = this;
    const { lateAppend: late } = storage;
    if (late === null || stream !== 'commands' || !process.name.startsWith(late.by)) return 0;
    storage.lateAppend = null;
    storage.world.after(late.ms + 5, () => late.landed(), 1);
    return late.ms;
  }

  /** As the port allows it for a large list: in order, with others' records between. */
  #inParts({ records, land, answer }: Append): void {
    const { world } = this.storage;
    world.fault('large append in parts', this.process.name, `${records.length} records`);
    let ms = 0;
    for (let from = 0; from < records.length; from += simLogLimits.recordsTogetherMax) {
      ms += world.random.int(1, 4);
      land(ms, records.slice(from, from + simLogLimits.recordsTogetherMax));
    }
    answer(ms + world.random.int(1, 3));
  }

  #badly({ stream, records, land, answer }: Append, soon: number): void {
    const { world } = this.storage;
    const { random } = world;
    const lost = new LogError('append-failed', 'the answer was lost');
    const cut = random.int(0, records.length);
    const more = `${records.length} to ${stream}`;
    const late = stream === 'commands' && random.chance(0.3) ? random.int(6_000, 60_000) : random.int(10, 6_000);
    switch (random.int(0, 6)) {
      case 0:
      case 1:
        world.fault('append split', this.process.name, more);
        land(soon, records.slice(0, cut));
        land(soon + 40, records.slice(cut));
        answer(soon + 40 + random.int(1, 3));
        break;
      case 2:
        world.fault('append refused', this.process.name, more);
        answer(soon, lost);
        break;
      case 3:
        world.fault('append cut', this.process.name, `${cut} of ${more}`);
        land(soon, records.slice(0, cut));
        answer(soon + 1, lost);
        break;
      case 4:
        world.fault('append answer lost', this.process.name, more);
        land(soon, records);
        answer(soon + 1, lost);
        break;
      case 5:
        world.fault(late > 6_000 ? 'command late by up to a minute' : 'append late', this.process.name, more);
        // Often about when its owner, or another, claims the shard again.
        land(late > 6_000 || random.chance(0.5) ? late : random.int(10, 120), records);
        answer(soon + 1, lost);
        break;
      default:
        world.fault('append doubled', this.process.name, more);
        land(soon, records);
        land(random.chance(0.5) ? soon + 1 : late, records);
        answer(soon + 1, random.chance(0.5) ? lost : undefined);
    }
  }
}

class SimTail implements Tail {
  #closed = false;
  #wake: (() => void) | null = null;

  constructor(
    private readonly storage: SimStorage,
    private readonly process: SimProcess,
    private readonly stream: StreamName,
    private position: number,
  ) {}

  next(): Promise<LogRecord[] | null> {
    if (this.#closed) return Promise.resolve(null);
    return new Promise((resolve, reject) => {
      if (!this.process.lives(`next of ${this.stream}`)) return;
      const deliver = () => this.#deliver(resolve, reject);
      // Past the head, where a tail was lost, the answer is an error, unless new records stand there when it is made.
      if (this.position !== this.#held.length) return deliver();
      const stop = this.storage.watch(this.stream, () => {
        if (this.position === this.#held.length) return;
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

  get #held(): LogRecord[] {
    return this.storage.streams[this.stream];
  }

  #deliver(resolve: (records: LogRecord[] | null) => void, reject: (error: Error) => void): void {
    const { random } = this.storage.world;
    const ms = random.int(0, 3) + (this.process.slowMs > 0 ? random.int(0, this.process.slowMs) : 0);
    this.process.after(ms, `a delivery of ${this.stream}`, () => {
      if (this.#closed) return resolve(null);
      const start = this.stream === 'commands' ? this.storage.commandsStart : 0;
      if (this.position > this.#held.length || this.position < start) {
        return reject(outOfRange(this.stream, this.position));
      }
      const upTo = Math.min(this.#held.length, this.position + random.int(1, this.storage.deliveryMax));
      const records = this.#held.slice(this.position, upTo);
      // Lost between the call and now, and nothing new yet: wait on.
      if (records.length === 0) return void this.next().then(resolve, reject);
      this.position = upTo;
      resolve(records);
    });
  }
}

function outOfRange(stream: StreamName, position: number): LogError {
  return new LogError('out-of-range', `${stream} has no position ${position}`);
}
