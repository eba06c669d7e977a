import type { CrayCommand } from '@holdfast/events/cray/messages';
import { atOnce } from '@holdfast/events/steps';
import { expect, test } from 'vitest';
import { inSteps } from '../../../test/support/steps.js';
import { createCrayDecider } from './decider.js';
import { after, claim, decider, everything, given, ids, noon, put, reserved } from './scenario.js';
import { inXnameOrder } from './state.js';

/** Enough that the sort of a whole fleet takes more than one step, in an order that is none. */
const count = 9_001;
const fleetIds = Array.from({ length: count }, (_, n) => `x${(n * 7_919) % count}c0s0b0n0`);
const fleet = given(...fleetIds.map((xname) => put(xname)));
const held = after(fleet, ...fleetIds.map((xname) => reserved(xname)));
const keys = fleetIds.map((xname) => claim(xname));
const context = { now: noon, commandId: 'c', commandPosition: 7, level: 1 };
const reservation = { kind: 'service', durationMs: 60_000, requires: 'unlocked', rigid: true } as const;

const commands: [string, CrayCommand, typeof fleet][] = [
  ['a lock', { type: 'cray.LockRequested', selection: ids(...fleetIds), rigid: true }, fleet],
  ['a lock of all', { type: 'cray.LockRequested', selection: everything, rigid: true }, fleet],
  ['a reservation', { type: 'cray.ReservationRequested', selection: ids(...fleetIds), ...reservation }, fleet],
  ['a renewal', { type: 'cray.RenewalRequested', keys, rigid: true, durationMs: null }, held],
  ['a release', { type: 'cray.ReleaseRequested', keys, rigid: true }, held],
  ['a deletion', { type: 'cray.ComponentsDeletionRequested', ids: fleetIds }, held],
  ['a removal', { type: 'cray.RemovalRequested', selection: everything, rigid: false, reservationId: null }, held],
];

test.each(commands)('%s of many is decided in steps, to the same', (_, command, state) => {
  const { value, steps } = inSteps(decider.decideInSteps!(command, state, context));
  expect(steps).toBeGreaterThanOrEqual(8);
  expect(value).toEqual(decider.decide(command, state, context));
  expect(value.events.length).toBeGreaterThanOrEqual(fleetIds.length);
});

test('the end of many leases is decided in steps, and so is what moves them', () => {
  const leases = after(fleet, ...fleetIds.map((xname) => reserved(xname, { expiresAt: noon, durationMs: 60_000 })));
  const both = [decider.expireInSteps!(leases, noon), decider.shiftLeasesInSteps!(leases, noon - 1, 5_000)];
  const [ended, moved] = both.map((each) => {
    const { value, steps } = inSteps(each);
    // Looked up, sorted, merged, and made events.
    expect(steps).toBeGreaterThanOrEqual(8);
    return value;
  });
  expect(ended).toEqual(decider.expire(leases, noon));
  expect(moved).toEqual(decider.shiftLeases(leases, noon - 1, 5_000));
  expect([ended, moved].map((events) => events!.length)).toEqual([count, count]);
});

test('what happens between its steps changes no decision: states are values', () => {
  const [, command, state] = commands[0]!;
  const [one, other] = [1, 2].map(() => decider.decideInSteps!(command, state, context));
  // In turn, as two shards of one process may be.
  const results = [one!.next(), other!.next()];
  while (!results[0]!.done || !results[1]!.done) {
    if (!results[0]!.done) results[0] = one!.next();
    if (!results[1]!.done) results[1] = other!.next();
  }
  expect(results[0]!.value).toEqual(results[1]!.value);
});

test('one that is refused makes no keys', () => {
  const refusing = createCrayDecider(() => {
    throw new Error('a hash was made');
  });
  const selection = ids(...fleetIds, 'x9c9s9b9n9');
  const decision = refusing.decide({ type: 'cray.ReservationRequested', selection, ...reservation }, fleet, context);
  expect(decision).toMatchObject({ status: 'refused', reason: 'NotFound' });
});

test.each([0, 1, 3_999, 4_000, 4_001, 8_000, 8_001, 20_000])('%i components are sorted as a sort would', (length) => {
  const random = Array.from({ length }, (_, n) => fleet.components.get(fleetIds[(n * 31) % count]!)!);
  const sorted = atOnce(inXnameOrder(random));
  expect(sorted.map(({ order }) => order)).toEqual(random.map(({ order }) => order).sort());
});
