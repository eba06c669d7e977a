import type { Runtime } from '@holdfast/log';
import type { Fault } from './faults.js';
import { Heap } from './heap.js';
import { Random } from './random.js';
import { Trace } from './trace.js';

/** Virtual milliseconds since 1970 at which every run begins. */
const beginning = 1_800_000_000_000;

/**
 * Virtual time, and one order of everything that happens.
 *
 * Whatever would wait in production (a timer, an append, a read) is an entry in one queue, ordered by virtual time and
 * then by chance. After each entry all promise callbacks run to their end, so a schedule depends on the seed alone.
 */
export class World {
  readonly random: Random;
  /** Virtual milliseconds since 1970. */
  now = beginning;
  /** How often each kind of fault fired. */
  readonly faults = new Map<Fault, number>();
  readonly trace: Trace | null;
  #queue = new Heap();

  constructor(
    readonly seed: number,
    traced = false,
  ) {
    this.random = new Random(seed);
    this.trace = traced ? new Trace(beginning) : null;
  }

  /** Runs `action` after `ms`, and of what falls together in that order; the result cancels it. */
  after(ms: number, action: () => void, order = this.random.next()): () => void {
    const entry = { at: this.now + Math.max(0, Math.ceil(ms)), order, action: action as Action };
    this.#queue.push(entry);
    return () => {
      entry.action = null;
    };
  }

  /** Resolves after `ms`. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve));
  }

  fault(kind: Fault, who = 'world', more = ''): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
    this.trace?.add(this.now, who, more === '' ? `fault: ${kind}` : `fault: ${kind}: ${more}`);
  }

  /** Notes what happened; the text is made only when somebody collects it. */
  tell(who: string, text: () => string): void {
    this.trace?.add(this.now, who, text());
  }

  /** Lets `ms` of virtual time pass. */
  async run(ms: number): Promise<void> {
    const end = this.now + ms;
    await settled();
    for (let entry = this.#queue.first; entry !== undefined && entry.at <= end; entry = this.#queue.first) {
      this.#queue.pop();
      if (entry.action === null) continue;
      this.now = Math.max(this.now, entry.at);
      entry.action();
      await settled();
    }
    this.now = end;
  }
}

type Action = (() => void) | null;

/**
 * A process. It may crash, after which nothing of it happens any more, at any moment or at any of its awaits: each call
 * of a port, each answer to one, and each timer counts as one. It may pause, after which all of it happens late.
 */
export class SimProcess {
  readonly runtime: Runtime;
  /** By how much its own clock is wrong. */
  clockOffMs = 0;
  /**
   * Its monotonic clock, which is wrong by its rate alone, and stands still while its machine is suspended. By chance
   * of its own.
   */
  readonly steady: SimSteady;
  /** What its tails deliver comes later by up to this much. */
  slowMs = 0;
  #crashed = false;
  #awaitsLeft = Number.POSITIVE_INFINITY;
  #pauses = 0;
  #held: (() => void)[] = [];

  constructor(
    readonly name: string,
    readonly world: World,
    private readonly onCrash: () => void,
  ) {
    this.steady = new SimSteady(world, name);
    this.runtime = {
      steady: this.steady,
      now: () => world.now + this.clockOffMs,
      after: (ms, callback) => this.after(ms, 'a timer', callback),
      random: () => world.random.next(),
      uuid: () => world.random.uuid(),
    };
  }

  get crashed(): boolean {
    return this.#crashed;
  }

  get paused(): boolean {
    return this.#pauses > 0;
  }

  crash(): void {
    if (this.#crashed) return;
    this.#crashed = true;
    this.world.tell(this.name, () => 'crashes');
    this.onCrash();
  }

  /** It dies at its n-th await from now on. */
  crashAtAwait(n: number): void {
    this.#awaitsLeft = n;
  }

  /** Counts an await; false when nothing may follow, as the process is dead, perhaps since this very moment. */
  lives(awaits: string): boolean {
    if (this.#crashed) return false;
    if (--this.#awaitsLeft > 0) return true;
    this.world.fault('crash at an await', this.name, awaits);
    this.crash();
    return false;
  }

  pause(): void {
    this.world.tell(this.name, () => 'pauses');
    this.#pauses++;
  }

  resume(): void {
    if (this.#pauses === 0 || --this.#pauses > 0) return;
    this.world.tell(this.name, () => 'resumes');
    const held = this.#held;
    this.#held = [];
    for (const action of held) this.world.after(0, action);
  }

  pauseFor(ms: number): void {
    this.pause();
    this.world.after(ms, () => this.resume());
  }

  /** Its whole machine sleeps: its monotonic clock does not see that time pass. */
  suspendFor(ms: number): void {
    this.steady.standStill(ms);
    this.pauseFor(ms);
  }

  /** Nothing is wrong with it from now on, but for its clock. */
  calmDown(): void {
    this.#awaitsLeft = Number.POSITIVE_INFINITY;
    this.slowMs = 0;
    while (this.paused) this.resume();
  }

  /** As World.after, for this process alone. */
  after(ms: number, awaits: string, action: () => void, order?: number): () => void {
    let cancelled = false;
    const run = () => {
      if (cancelled || this.#crashed) return;
      if (this.paused) this.#held.push(run);
      else if (this.lives(awaits)) action();
    };
    const cancel = this.world.after(ms, run, order);
    return () => {
      cancelled = true;
      cancel();
    };
  }

  /** A timer that hardly ever fires, and draws no chance: the schedules stay what they are without it. */
  readonly lookAgain = (ms: number, action: () => void) => this.after(ms, 'a timer', action, 1);

  /** What a port answers: nothing if the process dies at the call, else whatever `ask` does within `ms`. */
  ask<T>(ms: number, awaits: string, found: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.lives(awaits)) return;
      this.after(ms, `the answer to ${awaits}`, () => {
        try {
          resolve(found());
        } catch (error) {
          reject(error as Error);
        }
      });
    });
  }
}

class SimSteady {
  readonly boot: string;
  /** Of some it runs fast or slow by up to a hundredth. */
  readonly #rate: number;
  readonly #began: number;
  #sleeps: { from: number; ms: number }[] = [];

  constructor(
    private readonly world: World,
    name: string,
  ) {
    const number = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 1_000_003, 7);
    const random = new Random(world.seed * 1_009 + number);
    this.boot = random.uuid();
    this.#began = world.now - random.int(0, 1_000_000);
    this.#rate = random.chance(0.5) ? 1 : 1 + (random.next() - 0.5) / 50;
    if (this.#rate !== 1) world.fault('monotonic clock that drifts', name);
  }

  ms(): number {
    const { now } = this.world;
    const slept = this.#sleeps.reduce((sum, { from, ms }) => sum + Math.min(ms, Math.max(0, now - from)), 0);
    return (now - this.#began - slept) * this.#rate;
  }

  standStill(ms: number): void {
    this.#sleeps.push({ from: this.world.now, ms });
  }
}

/** Promise callbacks, and those that they add, all run before what was given to nextTick in one of them. */
function settled(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
