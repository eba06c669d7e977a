import { Conditions, silentLogger } from '@holdfast/log';
import { beforeEach, expect, it } from 'vitest';
import { readinessLimits, type WatchedProcess, watchReadiness } from './readiness.js';

const { lookMs, lagMs, ownerlessMs, pingsUntilInterrupt } = readinessLimits;

/** A clock whose timers fire as it is moved. */
class Clock {
  time = 0;
  #timers = new Set<{ at: number; callback: () => void }>();
  now = () => this.time;
  after = (ms: number, callback: () => void) => {
    const timer = { at: this.time + ms, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };
  /** In steps of a look. */
  async pass(ms: number): Promise<void> {
    for (const end = this.time + ms; this.time < end; ) {
      this.time += lookMs;
      for (const timer of [...this.#timers]) {
        if (timer.at > this.time || !this.#timers.delete(timer)) continue;
        timer.callback();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

let clock: Clock;
let conditions: Conditions;
let listener: { group?(): void; epoch?(): void };
let ended: () => void;
const state = {
  oldestMs: 0,
  ownerEnded: false,
  pings: true,
  interrupts: 0,
  shows: true,
  barriers: 0,
  headUnavailable: false,
};

function begin(more: Partial<WatchedProcess> = {}) {
  const watched = {
    log: { head: async () => (state.headUnavailable ? Promise.reject(new Error('away')) : 7) },
    conditions,
    runtime: clock,
    logger: silentLogger,
    use: { streams: ['events'], appends: true },
    database: {
      ping: async () => (state.pings ? undefined : Promise.reject(new Error('Query read timeout'))),
      interrupt: () => void state.interrupts++,
    },
    readModel: { waitFor: async () => (state.shows ? undefined : Promise.reject(new Error('behind'))) },
    gateway: {
      oldestMs: 0,
      barrier: async () => void state.barriers++,
      setGone() {},
    },
    feed: {
      subscribe(given: typeof listener) {
        listener = given;
        return () => {};
      },
      reader: {
        get ended() {
          return state.ownerEnded;
        },
      },
    },
    queueAgeMsMax: 5_000,
    ...more,
  };
  Object.defineProperty(watched.gateway ?? {}, 'oldestMs', { get: () => state.oldestMs });
  const readiness = watchReadiness(watched as unknown as WatchedProcess);
  readiness.begin();
  ended = readiness.end;
}

beforeEach(() => {
  ended?.();
  clock = new Clock();
  conditions = new Conditions(silentLogger);
  Object.assign(state, {
    oldestMs: 0,
    ownerEnded: false,
    pings: true,
    interrupts: 0,
    shows: true,
    barriers: 0,
    headUnavailable: false,
  });
});

it('has nothing to say where all is well', async () => {
  begin();
  await clock.pass(60_000);
  expect([conditions.reasons, state.barriers, state.interrupts]).toEqual([[], 0, 0]);
});

it('Postgres that does not answer twice in a row; then what is under way is failed', async () => {
  begin();
  state.pings = false;
  await clock.pass(lookMs);
  expect(conditions.get('postgres')).toBeNull();
  await clock.pass(lookMs);
  expect(conditions.get('postgres')).toContain('Query read timeout');
  await clock.pass(lookMs * (pingsUntilInterrupt - 2));
  expect(state.interrupts).toBe(1);
  state.pings = true;
  await clock.pass(lookMs);
  expect(conditions.get('postgres')).toBeNull();
});

it('a read model that does not follow, unless the log or the database is away, which say so themselves', async () => {
  begin();
  state.shows = false;
  state.headUnavailable = true;
  await clock.pass(lookMs);
  expect(conditions.get('lag')).toBeNull();
  state.headUnavailable = false;
  await clock.pass(lookMs);
  expect(conditions.get('lag')).toContain(`for ${lagMs / 1_000} s`);
  state.shows = true;
  await clock.pass(lookMs);
  expect(conditions.get('lag')).toBeNull();
});

it('requests that nobody decides, until something is decided, not until they are given up', async () => {
  begin();
  await clock.pass(10_000);
  state.oldestMs = 5_001;
  await clock.pass(lookMs);
  expect(conditions.get('decisions')).toContain('nothing was decided');
  state.oldestMs = 0;
  await clock.pass(60_000);
  expect(conditions.get('decisions')).not.toBeNull();
  // It is tried now and then, ever more seldom, as each try leaves an event once somebody decides.
  expect(state.barriers).toBeGreaterThan(2);
  expect(state.barriers).toBeLessThan(8);
  listener.group!();
  await clock.pass(lookMs);
  expect(conditions.get('decisions')).toBeNull();
});

it('a shard whose decisions only take long is ready', async () => {
  begin();
  await clock.pass(10_000);
  state.oldestMs = 20_000;
  for (let i = 0; i < 10; i++) {
    listener.group!();
    await clock.pass(lookMs);
  }
  expect(conditions.reasons).toEqual([]);
});

it('an owner that ended, and nobody followed', async () => {
  begin();
  state.ownerEnded = true;
  await clock.pass(ownerlessMs);
  expect(conditions.get('decisions')).toBeNull();
  await clock.pass(lookMs * 2);
  expect(conditions.get('decisions')).toContain('nobody followed');
  state.ownerEnded = false;
  listener.epoch!();
  await clock.pass(lookMs);
  expect(conditions.get('decisions')).toBeNull();
});

it('a processor alone is not concerned with databases, read models, or who asks', async () => {
  begin({ database: null, readModel: null, gateway: null });
  Object.assign(state, { pings: false, shows: false, oldestMs: 100_000, ownerEnded: true });
  await clock.pass(60_000);
  expect(conditions.reasons).toEqual([]);
});
