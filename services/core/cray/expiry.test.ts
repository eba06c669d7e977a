import { expect, test } from 'vitest';
import { after, decider, given, noon, put, reserved } from './scenario.js';

const [A, B, C] = ['x0c0s0b0n0', 'x0c0s2b0n0', 'x0c0s10b0n0'] as const;
const lease = (xname: string, seconds: number) => reserved(xname, { expiresAt: noon + seconds * 1_000 });

test('a lease ends at its very expiry, not a millisecond before', () => {
  const state = given(put(A), lease(A, 60));
  expect(decider.expire(state, noon + 59_999)).toEqual([]);
  const ended = { type: 'cray.ReservationExpired', xname: A, reservationId: 'earlier.1', expiredAt: noon + 60_000 };
  expect(decider.expire(state, noon + 60_000)).toEqual([ended]);
  expect(decider.expire(state, noon + 90_000)).toEqual([ended]);
});

test('leases end in xname order, whichever was due first, and end once', () => {
  const state = given(put(A), put(B), put(C), lease(A, 3), lease(B, 2), lease(C, 1));
  const ended = decider.expire(state, noon + 3_000);
  expect(ended.map((event) => 'xname' in event && event.xname)).toEqual([A, B, C]);
  expect(decider.expire(after(state, ...ended), noon + 3_000)).toEqual([]);
});

test('a renewed lease ends at its new expiry only', () => {
  const renewed = { xname: A, reservationId: 'earlier.1', durationMs: 1_000, fencingToken: 2 };
  const renewal = { type: 'cray.ReservationRenewed', ...renewed, expiresAt: noon + 90_000 } as const;
  const state = given(put(A), lease(A, 60), renewal);
  expect(decider.expire(state, noon + 60_000)).toEqual([]);
  expect(decider.expire(state, noon + 90_000)).toHaveLength(1);
});

test('an administrator reservation does not end', () => {
  const state = given(put(A), reserved(A, { kind: 'admin', expiresAt: null, durationMs: null }));
  expect(decider.expire(state, Number.MAX_SAFE_INTEGER)).toEqual([]);
  expect(decider.shiftLeases(state, noon, 20_000)).toEqual([]);
});

test('a gap extends every lease alive before it, rounded up, in xname order, and no other', () => {
  const state = given(put(A), put(B), put(C), lease(C, 50), lease(A, 60), lease(B, 10));
  const shifted = decider.shiftLeases(state, noon + 10_000, 20_001);
  expect(shifted).toEqual([
    { type: 'cray.LeaseExtended', xname: A, reservationId: 'earlier.1', expiresAt: noon + 81_000, byMs: 20_001 },
    { type: 'cray.LeaseExtended', xname: C, reservationId: 'earlier.1', expiresAt: noon + 71_000, byMs: 20_001 },
  ]);
  const ended = decider.expire(after(state, ...shifted), noon + 71_000);
  expect(ended.map((event) => 'xname' in event && event.xname)).toEqual([B, C]);
});

test('a step back of time takes the leases along', () => {
  const state = given(put(A), lease(A, 60));
  expect(decider.shiftLeases(state, noon, -30_000)).toMatchObject([{ expiresAt: noon + 30_000, byMs: -30_000 }]);
});

test('an extension does not change the length that a renewal asks for again', () => {
  const state = given(put(A), lease(A, 60));
  const extended = after(state, ...decider.shiftLeases(state, noon, 20_000));
  expect(extended.components.get(A)?.reservation).toMatchObject({ lease: { durationMs: 120_000 } });
});

test('a shift moves every lease by no event of its own, and what is kept of it', () => {
  const state = decider.shift(given(put(A), put(B), lease(A, 60), lease(B, 10)), 9_250);
  expect(decider.expire(state, noon + 19_249)).toEqual([]);
  expect(decider.expire(state, noon + 19_250)).toMatchObject([{ xname: B, expiredAt: noon + 19_250 }]);
  expect(decider.expire(state, noon + 69_249)).toHaveLength(1);
  expect(decider.expire(state, noon + 69_250)).toHaveLength(2);
  const restorer = decider.restorer();
  for (const piece of decider.save(state)) restorer.take(JSON.parse(JSON.stringify(piece)));
  expect(restorer.state()).toEqual(state);
  // What is granted or extended later is as its event says.
  const renewed = after(state, {
    ...{ type: 'cray.ReservationRenewed', xname: A, reservationId: 'earlier.1' },
    ...{ expiresAt: noon + 80_000, durationMs: 60_000, fencingToken: null },
  });
  expect(decider.expire(renewed, noon + 79_999)).toHaveLength(1);
  expect(decider.expire(renewed, noon + 80_000)).toHaveLength(2);
});
