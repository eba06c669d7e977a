import type { Command, CommandHeader, Event, Reading } from '@holdfast/events';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LeasingDecider } from './decider.js';
import { createShardDecider } from './shard.js';
import type { ShardState } from './shard-state.js';
import { wholeSnapshot } from './whole-snapshot.js';

/** A module with one lease, which one command of it begins anew. */
interface Lease {
  expiresAt: number | null;
}
const durationMs = 60_000;
type LeaseEvent = { type: 'lease.Begun'; expiresAt: number } | { type: 'lease.Ended' };
const lease: LeasingDecider<{ type: string }, Lease, LeaseEvent> = {
  initial: { expiresAt: null },
  decide({ type }, _state, { now }) {
    if (type !== renew.type) return { events: [], status: 'accepted', total: 0 };
    return { events: [{ type: 'lease.Begun', expiresAt: now + durationMs }], status: 'accepted', total: 1 };
  },
  evolve: (_state, event) => ({ expiresAt: event.type === 'lease.Begun' ? event.expiresAt : null }),
  expire: ({ expiresAt }, now) => (expiresAt !== null && expiresAt <= now ? [{ type: 'lease.Ended' }] : []),
  decideInSteps: null,
  expireInSteps: null,
  shiftLeasesInSteps: null,
  shiftLeases: () => [],
  shift: ({ expiresAt }, byMs) => ({ expiresAt: expiresAt === null ? null : expiresAt + byMs }),
};
const decider = createShardDecider({ lease: { ...lease, ...wholeSnapshot<Lease>(1) } });

const header: CommandHeader = {
  ...{ id: '', domain: 'lease/default', keyed: true, reason: '', idempotencyKey: '', traceparent: '' },
  actor: { name: 'alice', authenticated: true, address: '', userAgent: '' },
};
const begin: Command = {
  ...{ type: 'engine.CommandLogStarted', logId: 'log', shard: 's', domains: [], secretFingerprint: 'f' },
  ...{ level: 4, schemas: [{ id: 1, name: 'a', version: 1, fingerprint: 'f' }] },
};
const renew = { type: 'lease.RenewalRequested' } as unknown as Command;

/** Of an event of the module, which no union has. */
const isEnd = ({ type }: { type: string }) => type === 'lease.Ended';

const tickMs = 800;
/**
 * For so long after a step log time may still be ahead: by less than half a second for what is settled, and a second
 * for itself.
 */
const afterStepMs = 3 * tickMs;

const other = { type: 'lease.OtherRequested' } as unknown as Command;

/** A ticker, whose clock shows true time, or how much it slept. */
class TestTicker {
  last: Reading['last'] = null;
  sleptMs = 0;
  constructor(readonly name: string) {}
}

/** A shard, its log's clock, and its tickers, in true milliseconds. */
class Shard {
  /** As whoever decides has it, ticks that left nothing and all. */
  state: ShardState = decider.initial;
  /** As whoever reads the events alone has it. */
  folded: ShardState = decider.initial;
  readonly tickers = ['a', 'b', 'c'].map((name) => new TestTicker(name));
  trueMs = 0;
  clockOffMs = 1_700_000_000_000;
  #position = 0;
  #sequence = 0;

  send(command: Command): Event[] {
    const position = this.#position++;
    const decoded = { header: { ...header, id: `c${position}` }, command, digest: `${position}` };
    const verdict = decider.decide({ position, appendTime: this.trueMs + this.clockOffMs, decoded }, this.state);
    const { events, now: time, commandId } = verdict;
    this.#sequence += events.length;
    if (events.length === 0) this.state = decider.pass(this.state, verdict);
    else {
      const facts = { events, time, commandId, sequence: this.#sequence };
      this.state = decider.evolve(this.state, facts);
      this.folded = decider.evolve(this.folded, facts);
      expect(this.folded).toEqual(this.state);
    }
    for (const event of events) {
      const ticker = this.tickers.find(({ name }) => event.type === 'engine.TickerHeard' && name === event.ticker);
      if (ticker === undefined || event.type !== 'engine.TickerHeard' || event.position !== position) continue;
      ticker.last = { position, ms: this.trueMs - ticker.sleptMs };
    }
    return events;
  }

  tick({ name: ticker, last, sleptMs }: TestTicker): Event[] {
    const reading = { ticker, boot: 'b', ms: this.trueMs - sleptMs, last };
    return this.send({ type: 'engine.Tick', barrier: false, reading });
  }

  /**
   * As many ticks, and before each the log's clock steps. Gives when the lease ended, in true milliseconds, or null.
   */
  pass(ticks: number, stepMs: (tick: number) => number = () => 0): number | null {
    for (let tick = 0; tick < ticks; tick++) {
      this.trueMs += tickMs;
      this.clockOffMs += stepMs(tick);
      if (this.tick(this.tickers[0]!).some(isEnd)) return this.trueMs;
    }
    return null;
  }
}

function heard(): Shard {
  const shard = new Shard();
  shard.send(begin);
  shard.pass(3);
  shard.send(renew);
  return shard;
}

test.each([
  ['nothing', 0, 0],
  ['9 s forward, three times', 9_000, 3],
  ['9 s forward, with each tick', 9_000, 80],
  ['half a second forward, with each tick', 500, 80],
  ['50 ms forward, with each tick', 50, 80],
  ['50 ms back, with each tick', -50, 8],
  ['an hour forward, twice', 3_600_000, 2],
  ['an hour back, twice', -3_600_000, 2],
])('a lease of a minute lasts a minute where the clock of the log steps by %s', (_, ms, times) => {
  const shard = heard();
  const began = shard.trueMs;
  const ended = shard.pass(90, (tick) => (tick < times ? ms : 0));
  expect(ended).not.toBeNull();
  expect(ended! - began).toBeGreaterThanOrEqual(durationMs - 1_000);
  expect(ended! - began).toBeLessThanOrEqual(durationMs + 2_000 * Math.min(times, 3));
});

test('a lease ends at its very end, whatever comes first, and up to a second early where the clock steps right before', () => {
  const ends = (shard: Shard) => shard.send(other).some(isEnd);
  const shard = heard();
  shard.pass(74);
  shard.trueMs += 799;
  expect(ends(shard)).toBe(false);
  shard.trueMs += 1;
  expect(ends(shard)).toBe(true);
  for (const [ticks, early] of [
    [73, false],
    [74, true],
  ] as const) {
    const stepped = heard();
    stepped.pass(ticks);
    stepped.clockOffMs += 9_000;
    expect(ends(stepped)).toBe(early);
  }
});

test('a shift is one event, however many leases there are', () => {
  const shard = heard();
  shard.trueMs += tickMs;
  shard.clockOffMs += 9_000;
  const moved = shard.tick(shard.tickers[0]!).filter(({ type }) => type === 'engine.TimeShifted');
  expect(moved).toEqual([{ type: 'engine.TimeShifted', byMs: 9_000 }]);
});

const sizes = fc.constantFrom(50, 100, 400, 499, 500, 600, 900, 1_100, 3_000, 9_000, 9_950, 10_050, 60_000, 3_600_000);
const deeds = fc.array(
  fc.record({
    at: fc.integer({ min: 5_000, max: 20_000 }),
    deed: fc.oneof(
      { weight: 3, arbitrary: fc.tuple(sizes, fc.boolean()).map(([ms, back]) => (back ? -ms : ms)) },
      fc.constant('renew' as const),
      fc.constant('command' as const),
    ),
  }),
  { minLength: 1, maxLength: 25, size: 'max' },
);
const phases = fc.array(fc.integer({ min: 0, max: tickMs - 1 }), { minLength: 1, maxLength: 3 });

/** All in order of true time, and ticks of as many tickers as there are phases. Gives the leases that ended. */
function play(given: { at: number; deed: number | 'renew' | 'command' }[], each: number[]) {
  const shard = new Shard();
  shard.send(begin);
  const ticks = each.flatMap((phase, n) =>
    Array.from({ length: 120 }, (_, tick) => ({ at: phase + tick * tickMs, deed: shard.tickers[n]! })),
  );
  const all = [...given, { at: 4_500, deed: 'renew' as const }, ...ticks].sort((a, b) => a.at - b.at);
  const leases: { from: number; until: number }[] = [];
  let from = 0;
  for (const { at, deed } of all) {
    shard.trueMs = at;
    if (typeof deed === 'number') shard.clockOffMs += deed;
    else {
      const events = deed instanceof TestTicker ? shard.tick(deed) : shard.send(deed === 'renew' ? renew : other);
      if (events.some(isEnd)) leases.push({ from, until: at });
      if (deed === 'renew') from = at;
    }
  }
  return leases;
}

/** Log time is still ahead at a grant after a step back: the lease ends 0.8 s later than without. */
const afterBack: Parameters<typeof play> = [
  [
    { at: 5_000, deed: 50 },
    { at: 16_001, deed: 9_000 },
    { at: 16_002, deed: 'renew' },
    { at: 16_003, deed: -10_050 },
    { at: 16_804, deed: 'renew' },
  ],
  [0],
];

test('whatever the clock of the log does, no lease ends over a second early, and each step keeps it no more than two longer', () => {
  fc.assert(
    fc.property(deeds, phases, (given, each) => {
      const leases = play(given, each);
      expect(leases.length).toBeGreaterThan(0);
      for (const { from, until } of leases) {
        const steps = given.filter(
          ({ at, deed }) => typeof deed === 'number' && at >= from - afterStepMs && at <= until,
        ).length;
        expect(until - from).toBeGreaterThanOrEqual(durationMs - 1_000);
        expect(until - from).toBeLessThanOrEqual(durationMs + tickMs + steps * 2_000);
      }
    }),
    { numRuns: 1_000, examples: [afterBack] },
  );
});

test('who reads the events alone knows the same as who decided, and so does who goes on from what was kept', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(sizes, fc.boolean(), fc.boolean()), { maxLength: 60, size: 'max' }), (each) => {
      const shard = heard();
      for (const [ms, back, renews] of each) {
        shard.trueMs += tickMs;
        shard.clockOffMs += back ? -ms : ms;
        if (renews) shard.send(renew);
        shard.tick(shard.tickers[0]!);
        if (!renews) continue;
        const restorer = decider.restorer();
        for (const piece of decider.save(shard.folded)) restorer.take(JSON.parse(JSON.stringify(piece)));
        expect(restorer.state().tickers).toEqual(shard.folded.tickers);
        expect(restorer.state().settled).toBe(shard.folded.settled);
      }
    }),
    { numRuns: 100 },
  );
});
