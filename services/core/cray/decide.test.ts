import type { CrayCommand, CrayEvent, Selection } from '@holdfast/events/cray/messages';
import { expect, test } from 'vitest';
import { createCrayDecider } from './decider.js';
import {
  after,
  claim,
  decider,
  everything,
  given,
  ids,
  keyHashes,
  noon,
  put,
  reservationId,
  reserved,
  when,
} from './scenario.js';

const [A, B, C, unknown] = ['x0c0s0b0n0', 'x0c0s2b0n0', 'x0c0s10b0n0', 'x9c0s0b0n0'] as const;
const lock = (selection: Selection, rigid = true): CrayCommand => ({ type: 'cray.LockRequested', selection, rigid });
const reserve = (fields: object = {}): CrayCommand => ({
  type: 'cray.ReservationRequested',
  selection: ids(A),
  rigid: true,
  kind: 'service',
  durationMs: 60_000,
  requires: 'unlocked',
  ...fields,
});
const renew = (durationMs: number | null, ...keys: ReturnType<typeof claim>[]): CrayCommand => ({
  type: 'cray.RenewalRequested',
  keys,
  rigid: true,
  durationMs,
});
const release = (rigid: boolean, ...keys: ReturnType<typeof claim>[]): CrayCommand => ({
  type: 'cray.ReleaseRequested',
  keys,
  rigid,
});
const removal = (selection: Selection, id: string | null = null, rigid = true): CrayCommand => ({
  type: 'cray.RemovalRequested',
  selection,
  rigid,
  reservationId: id,
});
const lockedA = { type: 'cray.ComponentLocked', xname: A } as const;
const disabledB = { type: 'cray.ReservationsDisabled', xname: B } as const;
const refused = (xname: string, reason: string) => ({ type: 'cray.RequestRefused', xname, reason });

test('a rigid call that one component refuses changes nothing and names every offender in request order', () => {
  const state = given(put(A), put(B), put(C), lockedA, disabledB);
  expect(when(state, lock(ids(C, B, unknown, A)))).toEqual({
    events: [refused(B, 'Disabled'), refused(unknown, 'NotFound'), refused(A, 'Locked')],
    status: 'refused',
    total: 4,
    reason: 'Disabled',
  });
});

test('a flexible call does what it can, with changes and refusals in request order', () => {
  const state = given(put(A), put(B), put(C), lockedA);
  expect(when(state, lock(ids(C, A, unknown, B), false))).toEqual({
    events: [
      { type: 'cray.ComponentLocked', xname: C },
      refused(A, 'Locked'),
      refused(unknown, 'NotFound'),
      { type: 'cray.ComponentLocked', xname: B },
    ],
    status: 'accepted',
    total: 4,
  });
});

test('a flexible call that everything refuses is accepted, with the reasons', () => {
  const decision = when(given(put(A), lockedA), lock(ids(A), false));
  expect(decision).toEqual({ events: [refused(A, 'Locked')], status: 'accepted', total: 1 });
});

test('without ids the first offender in xname order names the reason', () => {
  const state = given(put(C), put(B), put(A), { type: 'cray.ComponentLocked', xname: C }, disabledB);
  const { events, reason } = when(state, lock(everything));
  expect(events).toEqual([refused(B, 'Disabled'), refused(C, 'Locked')]);
  expect(reason).toBe('Disabled');
});

test.each([true, false])(
  'a selection that addresses nothing is refused as NotFound without an event (rigid: %s)',
  (rigid) => {
    const nothing = { events: [], status: 'refused', total: 0, reason: 'NotFound' };
    const criteria = [{ field: 'Role' as const, values: ['management'] }];
    expect(when(given(), lock(everything, rigid))).toEqual(nothing);
    expect(when(given(put(A)), lock({ ids: [], criteria }, rigid))).toEqual(nothing);
    expect(when(given(put(A)), lock({ ids: [A], criteria }, rigid))).toEqual(nothing);
  },
);

test('a reservation carries the name of its request, the hashes of its keys, and its times', () => {
  expect(when(given(put(A)), reserve(), noon + 1).events).toEqual([
    {
      type: 'cray.ReservationCreated',
      xname: A,
      reservationId,
      kind: 'service',
      ...keyHashes(reservationId, A),
      createdAt: noon + 1,
      expiresAt: noon + 61_000,
      durationMs: 60_000,
    },
  ]);
});

test('an expiry is rounded up to a whole second, and a whole second stays as it is', () => {
  const expiry = (now: number) => when(given(put(A)), reserve({ durationMs: 7_500 }), now).events[0];
  expect(expiry(noon)).toMatchObject({ expiresAt: noon + 8_000 });
  expect(expiry(noon + 500)).toMatchObject({ expiresAt: noon + 8_000 });
  expect(expiry(noon + 501)).toMatchObject({ expiresAt: noon + 9_000 });
});

test('an administrator reservation never expires, whatever duration came with it', () => {
  const { events } = when(given(put(A), lockedA), reserve({ kind: 'admin', requires: 'locked' }));
  expect(events).toMatchObject([{ kind: 'admin', expiresAt: null, durationMs: null }]);
});

test('a service reservation without a duration stays a service reservation and never expires', () => {
  const state = given(put(A));
  const { events } = when(state, reserve({ durationMs: null }));
  expect(events).toMatchObject([{ kind: 'service', expiresAt: null, durationMs: null }]);
  expect(decider.expire(after(state, ...events), Number.MAX_SAFE_INTEGER)).toEqual([]);
});

test('a refused rigid reservation computes no key', () => {
  let hashed = 0;
  const counting = createCrayDecider((...about) => {
    hashed += 1;
    return keyHashes(...about);
  });
  const command = reserve({ selection: ids(A, B, unknown) });
  const context = { now: noon, commandId: 'command', commandPosition: 7, level: 1 };
  expect(counting.decide(command, given(put(A), put(B)), context).status).toBe('refused');
  expect(hashed).toBe(0);
});

test('a reservation is refused while another holds, and granted at the very instant of its expiry', () => {
  const state = given(put(A), reserved(A));
  expect(when(state, reserve(), noon + 59_999).reason).toBe('Reserved');
  expect(when(state, reserve(), noon + 60_000).status).toBe('accepted');
});

test('a renewal counts from now and may shorten', () => {
  const { events } = when(given(put(A), reserved(A)), renew(1_000, claim(A)));
  expect(events).toEqual([
    {
      type: 'cray.ReservationRenewed',
      xname: A,
      reservationId: 'earlier.1',
      expiresAt: noon + 1_000,
      durationMs: 1_000,
      fencingToken: 2,
    },
  ]);
});

test('a renewal without a duration asks for the length that was asked for last', () => {
  const state = given(put(A), reserved(A, { durationMs: 120_000 }));
  expect(when(state, renew(null, claim(A))).events).toMatchObject([{ expiresAt: noon + 120_000, durationMs: 120_000 }]);
  const renewed = after(state, ...when(state, renew(7_500, claim(A))).events);
  expect(when(renewed, renew(null, claim(A))).events).toMatchObject([{ expiresAt: noon + 8_000, durationMs: 7_500 }]);
});

test('a reservation without an expiry is renewed without one, or gets one when a duration is asked for', () => {
  const state = given(put(A), reserved(A, { expiresAt: null, durationMs: null }));
  expect(when(state, renew(null, claim(A))).events).toMatchObject([{ expiresAt: null, durationMs: null }]);
  const leased = after(state, ...when(state, renew(5_000, claim(A))).events);
  expect(decider.expire(leased, noon + 5_000)).toMatchObject([{ xname: A, expiredAt: noon + 5_000 }]);
});

test('a renewal at the expiry comes too late', () => {
  const state = given(put(A), reserved(A));
  expect(when(state, renew(1_000, claim(A)), noon + 59_999).status).toBe('accepted');
  expect(when(state, renew(1_000, claim(A)), noon + 60_000).reason).toBe('NotFound');
});

test('a key opens nothing but its own component', () => {
  const state = given(put(A), put(B), reserved(A), reserved(B));
  const keyOfB = { ...claim(B), xname: A };
  expect(when(state, release(true, keyOfB))).toEqual({
    events: [refused(A, 'NotFound')],
    status: 'refused',
    total: 1,
    reason: 'NotFound',
  });
});

test('the deputy key releases nothing', () => {
  const deputy = { xname: A, keyHash: keyHashes('earlier.1', A).deputyKeyHash };
  expect(when(given(put(A), reserved(A)), release(true, deputy)).reason).toBe('NotFound');
});

test('the same key twice counts once, two keys for one component are judged each by itself', () => {
  const state = given(put(A), reserved(A));
  const released = { type: 'cray.ReservationReleased', xname: A, reservationId: 'earlier.1' };
  expect(when(state, release(true, claim(A), claim(A)))).toMatchObject({ events: [released], total: 1 });
  expect(when(state, release(false, claim(A, 'other.1'), claim(A)))).toEqual({
    events: [refused(A, 'NotFound'), released],
    status: 'accepted',
    total: 2,
  });
  expect(when(state, release(true, claim(A), claim(A, 'other.1'))).events).toEqual([refused(A, 'NotFound')]);
});

test.each([true, false])('no keys at all: nothing to do, and done (rigid: %s)', (rigid) => {
  expect(when(given(put(A)), release(rigid))).toEqual({ events: [], status: 'accepted', total: 0 });
});

test('disabling ends the reservation and keeps the lock', () => {
  const state = given(put(A), lockedA, reserved(A));
  const { events } = when(state, { type: 'cray.DisableRequested', selection: ids(A), rigid: true });
  expect(events).toEqual([
    { type: 'cray.ReservationRemoved', xname: A, reservationId: 'earlier.1' },
    { type: 'cray.ReservationsDisabled', xname: A },
  ]);
  expect(after(state, ...events).components.get(A)).toMatchObject({ locked: true, disabled: true, reservation: null });
});

test('a removal keeps the lock and the ability to reserve', () => {
  const state = given(put(A), lockedA, reserved(A));
  const { events } = when(state, removal(ids(A)));
  expect(after(state, ...events).components.get(A)).toMatchObject({ locked: true, disabled: false, reservation: null });
});

test('a rigid removal with one component that has no reservation removes nothing', () => {
  const state = given(put(A), put(B), reserved(A));
  const { events, reason } = when(state, removal(ids(A, B)));
  expect(events).toEqual([refused(B, 'NotFound')]);
  expect(reason).toBe('NotFound');
});

test('a removal that names its reservation ends no other', () => {
  const state = given(put(A), put(B), put(C), reserved(A), reserved(B, { reservationId: 'next.2' }));
  const removed = (xname: string, id: string) => ({ type: 'cray.ReservationRemoved', xname, reservationId: id });
  expect(when(state, removal(ids(A, B, C, unknown), 'earlier.1'))).toEqual({
    events: [refused(B, 'NotFound'), refused(C, 'NotFound'), refused(unknown, 'NotFound')],
    status: 'refused',
    total: 4,
    reason: 'NotFound',
  });
  expect(when(state, removal(ids(B, A), 'earlier.1', false)).events).toEqual([
    refused(B, 'NotFound'),
    removed(A, 'earlier.1'),
  ]);
  expect(when(state, removal(ids(B), 'next.2')).events).toEqual([removed(B, 'next.2')]);
});

test('a reservation that is named alone is ended wherever it is; one that is gone addresses nothing', () => {
  const state = given(put(C), put(B), put(A), reserved(C), reserved(A), reserved(B, { reservationId: 'next.2' }));
  for (const rigid of [true, false]) {
    const { events, total, status } = when(state, removal(everything, 'earlier.1', rigid));
    expect(events.map((event) => 'xname' in event && event.xname)).toEqual([A, C]);
    expect([total, status]).toEqual([2, 'accepted']);
    const nothing = { events: [], status: 'refused', total: 0, reason: 'NoReservation' };
    expect(when(state, removal(everything, 'gone.3', rigid))).toEqual(nothing);
  }
});

test('a token is the sequence of the event that made the hold, and a renewal says it from level 4 on', () => {
  const events: [CrayEvent, number][] = [
    [put(A), 11],
    [lockedA, 12],
    [reserved(A), 15],
  ];
  const state = events.reduce((before, [event, at]) => decider.evolve(before, event, at), decider.initial);
  expect(state.components.get(A)).toMatchObject({ lockToken: 12, reservation: { token: 15 } });
  const renewal = (level: number) =>
    decider.decide(renew(null, claim(A)), state, { now: noon, commandId: 'c', commandPosition: 9, level }).events[0]!;
  expect([1, 2, 3, 4].map((level) => renewal(level))).toMatchObject([
    { fencingToken: null },
    { fencingToken: null },
    { fencingToken: null },
    { fencingToken: 15 },
  ]);
  // Neither a renewal nor time that moves the lease gives another.
  const later = [renewal(4), ...decider.shiftLeases(state, noon, 20_000)];
  const renewed = later.reduce((before, event, n) => decider.evolve(before, event, 20 + n), state);
  expect(renewed.components.get(A)).toMatchObject({ lockToken: 12, reservation: { token: 15 } });
  const freed = decider.evolve(renewed, { type: 'cray.ReservationReleased', xname: A, reservationId: 'earlier.1' }, 30);
  const unlocked = decider.evolve(freed, { type: 'cray.ComponentUnlocked', xname: A }, 31);
  expect(unlocked.components.get(A)).toMatchObject({ lockToken: null, reservation: null });
});

test('nothing is held before the log says so', () => {
  const state = given(put(A));
  expect(() => decider.evolve(state, lockedA, null)).toThrow('before the log says so');
  expect(() => decider.evolve(state, reserved(A), null)).toThrow('before the log says so');
});

test('an event that contradicts the state is a bug, not a state', () => {
  const gone = { type: 'cray.ReservationReleased', xname: A, reservationId: 'other.1' } as const;
  expect(() => given(lockedA)).toThrow('not in the inventory');
  expect(() => given(put(A), reserved(A), gone)).toThrow('does not hold');
  expect(() => given(put(A), reserved(A), reserved(A))).toThrow('reserved already');
  expect(() => given(put(A), reserved(A), { type: 'cray.ReservationsDisabled', xname: A })).toThrow('both');
});
