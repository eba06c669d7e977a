import type { CrayCommand, CrayEvent, Criterion, KeyClaim, Selection } from '@holdfast/events/cray/messages';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Decision } from '../decider.js';
import { leasesBetween } from './lease-index.js';
import { after, collection, decider, given, keyHashes, noon, put } from './scenario.js';
import { type CrayState, leaseOf } from './state.js';

const fleet = ['x0c0s0b0n0', 'x0c0s1b0n0', 'x0c0s2b0n0'];
const xname = fc.constantFrom(...fleet, 'x9c0s0b0n0');
const criteria: Criterion[][] = [
  [],
  [],
  [],
  [{ field: 'Locked', values: ['true'] }],
  [{ field: 'Reserved', values: ['!true'] }],
];
const selection: fc.Arbitrary<Selection> = fc.record({
  ids: fc.uniqueArray(xname, { maxLength: 3 }),
  criteria: fc.constantFrom(...criteria),
});
/** Keys of the reservations that the first steps may have made. */
const keys: fc.Arbitrary<KeyClaim[]> = fc.array(
  fc.tuple(xname, fc.nat(20)).map(([name, position]) => ({
    xname: name,
    keyHash: keyHashes(`c${position}.${position}`, name).reservationKeyHash,
  })),
  { maxLength: 4 },
);
const reservationId = fc.option(fc.nat(20).map((position) => `c${position}.${position}`));
const rigid = fc.boolean();
const durationMs = fc.constantFrom(null, 1_000, 2_500, 60_000);

function commands(requires: fc.Arbitrary<'locked' | 'unlocked'>): fc.Arbitrary<CrayCommand> {
  return fc.oneof(
    fc.record({ type: fc.constant('cray.LockRequested' as const), selection, rigid }),
    fc.record({ type: fc.constant('cray.UnlockRequested' as const), selection, rigid }),
    fc.record({ type: fc.constant('cray.DisableRequested' as const), selection, rigid }),
    fc.record({ type: fc.constant('cray.RepairRequested' as const), selection, rigid }),
    fc.record({ type: fc.constant('cray.RemovalRequested' as const), selection, rigid, reservationId }),
    {
      weight: 4,
      arbitrary: fc.record({
        type: fc.constant('cray.ReservationRequested' as const),
        selection,
        rigid,
        kind: fc.constantFrom('admin' as const, 'service' as const),
        durationMs,
        requires,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ type: fc.constant('cray.RenewalRequested' as const), keys, rigid, durationMs }),
    },
    fc.record({ type: fc.constant('cray.ReleaseRequested' as const), keys, rigid }),
    fc.record({
      type: fc.constant('cray.ComponentsDeletionRequested' as const),
      ids: fc.array(xname, { maxLength: 1 }),
    }),
    fc.constant<CrayCommand>({
      type: 'cray.ComponentsPutRequested',
      components: fleet.map(asComponent),
      existing: 'replace',
    }),
  );
}

function asComponent(name: string) {
  const event = put(name);
  if (event.type !== 'cray.ComponentPut') throw new Error('a put was made');
  return { xname: name, properties: event.properties, locked: false, disabled: false };
}

const step = (requires: fc.Arbitrary<'locked' | 'unlocked'>) =>
  fc.record({ command: commands(requires), passedMs: fc.constantFrom(0, 400, 1_000, 3_000), gap: fc.nat(9) });
type Step = { command: CrayCommand; passedMs: number; gap: number };

interface Taken {
  command: CrayCommand;
  before: CrayState;
  decision: Decision<CrayEvent>;
  again: Decision<CrayEvent>;
  state: CrayState;
  log: CrayEvent[];
}

/** Runs the steps as the engine does, with a gap in time now and then, and shows each to `check`. */
function run(steps: readonly Step[], check: (taken: Taken) => void): void {
  const log: CrayEvent[] = [];
  let state = given();
  let now = noon;
  const fold = (events: CrayEvent[]) => {
    log.push(...events);
    state = after(state, ...events);
  };
  fold(fleet.map((name) => put(name)));
  for (const [position, { command, passedMs, gap }] of steps.entries()) {
    if (gap === 0) fold(decider.shiftLeases(state, now, 20_250));
    now += gap === 0 ? 20_250 : passedMs;
    fold(decider.expire(state, now));
    const before = state;
    const context = { now, commandId: `c${position}`, commandPosition: position, level: 1 };
    const decision = decider.decide(command, before, context);
    const again = decider.decide(command, after(given(), ...log), context);
    fold(decision.events);
    check({ command, before, decision, again, state, log });
  }
}

const either = fc.constantFrom('locked' as const, 'unlocked' as const);
const steps = fc.array(step(either), { maxLength: 30 });
const refusals = (events: CrayEvent[]) => events.filter(({ type }) => type === 'cray.RequestRefused');

test('rigid is all or nothing: refusals only, or changes only', () => {
  fc.assert(
    fc.property(steps, (taken) =>
      run(taken, ({ command, before, decision: { events, status, reason }, state }) => {
        if (!('rigid' in command) || !command.rigid) return;
        expect(refusals(events)).toHaveLength(status === 'refused' ? events.length : 0);
        expect(reason === undefined).toBe(status === 'accepted');
        if (status === 'refused') expect(state).toBe(before);
      }),
    ),
  );
});

test('every component addressed is answered once, by a change or a refusal', () => {
  fc.assert(
    fc.property(steps, (taken) =>
      run(taken, ({ command, decision: { events, status, total } }) => {
        if (!('rigid' in command) || status === 'refused') return;
        // A disable tells of the reservation that it ends besides.
        const aside = command.type === 'cray.DisableRequested' ? 'cray.ReservationRemoved' : null;
        expect(events.filter(({ type }) => type !== aside)).toHaveLength(total);
      }),
    ),
  );
});

test('where reservations require an unlocked component, none is ever locked and reserved', () => {
  let reservations = 0;
  fc.assert(
    fc.property(fc.array(step(fc.constant('unlocked')), { maxLength: 30 }), (taken) =>
      run(taken, ({ state }) => {
        for (const { locked, reservation } of state.components.values()) {
          if (reservation !== null) reservations += 1;
          expect(locked && reservation !== null).toBe(false);
        }
      }),
    ),
  );
  expect(reservations).toBeGreaterThan(0);
});

test('no component is ever disabled and reserved', () => {
  fc.assert(
    fc.property(steps, (taken) =>
      run(taken, ({ state }) => {
        for (const { disabled, reservation } of state.components.values()) {
          expect(disabled && reservation !== null).toBe(false);
        }
      }),
    ),
  );
});

test('the index of leases holds exactly the leases of the components', () => {
  let leases = 0;
  fc.assert(
    fc.property(steps, (taken) =>
      run(taken, ({ state }) => {
        const held = state.components.values().flatMap(({ xname: name, reservation }) => {
          const lease = leaseOf(reservation);
          return lease === null ? [] : [{ expiresAt: lease.expiresAt, xname: name }];
        });
        const indexed = leasesBetween(state.leases, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
        leases += held.length;
        expect(new Set(indexed)).toEqual(new Set(held));
        expect(indexed).toHaveLength(held.length);
      }),
    ),
  );
  expect(leases).toBeGreaterThan(0);
});

test('the same command on the state that the same events give is decided in the same way', () => {
  fc.assert(
    fc.property(steps, (taken) => run(taken, ({ decision, again }) => expect(again).toEqual(decision))),
    {
      numRuns: 50,
    },
  );
});

test('a state that was kept and found again is the same, also as JSON, and so are decisions on it', () => {
  const shown = ({ components, groups, partitions, leases }: CrayState) => ({
    components: new Map(components.entries().sort()),
    groups: new Map(groups.entries().sort()),
    partitions: new Map(partitions.entries().sort()),
    leases: leasesBetween(leases, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
  });
  const collections = [collection('group', 'Blue', ...fleet.slice(1)), collection('partition', 'p1')];
  fc.assert(
    fc.property(steps, (taken) =>
      run(taken, ({ command, state }) => {
        const kept = after(state, ...collections);
        const restorer = decider.restorer();
        for (const piece of decider.save(kept)) restorer.take(JSON.parse(JSON.stringify(piece)));
        const found = restorer.state();
        expect(shown(found)).toEqual(shown(kept));
        const context = { now: noon, commandId: 'c', commandPosition: 0, level: 1 };
        expect(decider.decide(command, found, context)).toEqual(decider.decide(command, kept, context));
      }),
    ),
    { numRuns: 50 },
  );
});
