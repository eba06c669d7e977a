import type { CrayEvent } from '@holdfast/events';
import { inXnameOrder } from './selection.js';
import type { CrayState } from './state.js';

const secondMs = 1_000;

/** When a lease of `durationMs` that begins now ends: a whole second, rounded up. Null: never. */
export function expiryAfter(now: number, durationMs: number | null): number | null {
  return durationMs === null ? null : roundUp(now + durationMs);
}

/** Ends every lease due at `now`, in xname order. An expiry is in force at its very instant. */
export function expire(state: CrayState, now: number): CrayEvent[] {
  if (now < state.nextExpiry) return [];
  return leases(state, (expiresAt) => expiresAt <= now).map(({ xname, expiresAt, reservationId }) => ({
    type: 'cray.ReservationExpired',
    xname,
    reservationId,
    expiredAt: expiresAt,
  }));
}

/** Moves every lease that was alive at `aliveAt`. SPEC rule 10. */
export function shiftLeases(state: CrayState, aliveAt: number, byMs: number): CrayEvent[] {
  return leases(state, (expiresAt) => expiresAt > aliveAt).map(({ xname, expiresAt, reservationId }) => ({
    type: 'cray.LeaseExtended',
    xname,
    reservationId,
    expiresAt: roundUp(expiresAt + byMs),
    byMs,
  }));
}

function leases(state: CrayState, chosen: (expiresAt: number) => boolean) {
  const found: { xname: string; expiresAt: number; reservationId: string }[] = [];
  for (const [xname, expiresAt] of state.leases.entries()) {
    if (!chosen(expiresAt)) continue;
    found.push({ xname, expiresAt, reservationId: state.components.get(xname)!.reservation!.id });
  }
  return inXnameOrder(found);
}

function roundUp(ms: number): number {
  return Math.ceil(ms / secondMs) * secondMs;
}
