import type { Runtime } from '@holdfast/log';
import { Random } from './random.js';

/**
 * Virtual time, and one order of everything that happens.
 *
 * Whatever would wait in production (a timer, an append, a read) is an entry in one queue, ordered by virtual time and
 * then by chance. After each entry all promise callbacks run to their end, so a schedule depends on the seed alone.
 */
export class World {
  readonly random: Random;
  /** Virtual milliseconds since 1970. */
  now = 1_800_000_000_000;
  /** How often each kind of fault fired. */
  readonly faults = new Map<string, number>();
  #queue: Entry[] = [];

  constructor(readonly seed: number) {
    this.random = new Random(seed);
  }

  /** Runs `action` after `ms`; the result cancels it. */
  after(ms: number, action: () => void): () => void {
    const entry: Entry = { at: this.now + Math.max(0, Math.ceil(ms)), order: this.random.next(), action };
    push(this.#queue, entry);
    return () => {
      entry.action = null;
    };
  }

  fault(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }

  /** Lets `ms` of virtual time pass. */
  async run(ms: number): Promise<void> {
    const end = this.now + ms;
    await settle();
    for (let entry = this.#queue[0]; entry !== undefined && entry.at <= end; entry = this.#queue[0]) {
      pop(this.#queue);
      if (entry.action === null) continue;
      this.now = Math.max(this.now, entry.at);
      entry.action();
      await settle();
    }
    this.now = end;
  }
}

/** A process: it may crash, after which nothing of it happens any more, or pause, after which all of it happens late. */
export class SimProcess {
  #crashed = false;
  #pausedUntil = 0;
  readonly runtime: Runtime;

  constructor(
    readonly name: string,
    readonly world: World,
  ) {
    this.runtime = {
      now: () => world.now,
      after: (ms, callback) => this.after(ms, callback),
      random: () => world.random.next(),
      uuid: () => world.random.uuid(),
    };
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  crash(): void {
    this.#crashed = true;
  }

  pause(ms: number): void {
    this.#pausedUntil = this.world.now + ms;
  }

  /** As World.after, for this process alone. */
  after(ms: number, action: () => void): () => void {
    let cancel = this.world.after(ms, () => {
      if (this.#crashed) return;
      const left = this.#pausedUntil - this.world.now;
      if (left > 0) cancel = this.after(left + this.world.random.next(), action);
      else action();
    });
    return () => cancel();
  }
}

interface Entry {
  at: number;
  order: number;
  action: (() => void) | null;
}

/** All promise callbacks run before an immediate does. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function before(a: Entry, b: Entry): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

function push(heap: Entry[], entry: Entry): void {
  let i = heap.push(entry) - 1;
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(entry, heap[parent]!)) break;
    heap[i] = heap[parent]!;
    i = parent;
  }
  heap[i] = entry;
}

function pop(heap: Entry[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
    if (!before(heap[child]!, last)) break;
    heap[i] = heap[child]!;
    i = child;
  }
  heap[i] = last;
}
