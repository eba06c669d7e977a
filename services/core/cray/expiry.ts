import type { CrayEvent } from '@holdfast/events/cray/messages';
import type { Steps } from '@holdfast/events/steps';
import { leasesBetween } from './lease-index.js';
import {
  type Component,
  type CrayState,
  componentsPerStep,
  expiryOf,
  inXnameOrder,
  knownComponent,
  type Lease,
  type ServiceReservation,
} from './state.js';

/** A lease from `now` on; none without a duration. Milliseconds. */
export function leaseFor(now: number, durationMs: number | null): Lease | null {
  return durationMs === null ? null : { expiresAt: wholeSecond(now + durationMs), durationMs };
}

/** The end of every lease due at `now`, in xname order: a lease is over at its very expiry. */
export function* expire(state: CrayState, now: number): Steps<CrayEvent[]> {
  return yield* ofEach(state, [Number.NEGATIVE_INFINITY, now], ({ xname, reservation, lease }) => ({
    type: 'cray.ReservationExpired',
    xname,
    reservationId: reservation.reservationId,
    expiredAt: expiryOf(state, lease),
  }));
}

/** Moves every lease alive at `aliveAt` by `byMs` (negative where time stepped back), in xname order. SPEC rule 10. */
export function* shiftLeases(state: CrayState, aliveAt: number, byMs: number): Steps<CrayEvent[]> {
  return yield* ofEach(state, [aliveAt, Number.POSITIVE_INFINITY], ({ xname, reservation, lease }) => ({
    type: 'cray.LeaseExtended',
    xname,
    reservationId: reservation.reservationId,
    expiresAt: wholeSecond(expiryOf(state, lease) + byMs),
    byMs,
  }));
}

interface Ending {
  xname: string;
  reservation: ServiceReservation;
  lease: Lease;
}

/** An event for each lease that ends between the two, in xname order. */
function* ofEach(
  state: CrayState,
  [from, to]: [from: number, to: number],
  event: (ending: Ending) => CrayEvent,
): Steps<CrayEvent[]> {
  const found: Component[] = [];
  for (const { xname } of leasesBetween(state.leases, from - state.shiftMs, to - state.shiftMs)) {
    if (found.length % componentsPerStep === componentsPerStep - 1) yield;
    found.push(knownComponent(state, xname));
  }
  const events: CrayEvent[] = [];
  for (const component of yield* inXnameOrder(found)) {
    if (events.length % componentsPerStep === componentsPerStep - 1) yield;
    events.push(event(endingOf(component)));
  }
  return events;
}

function endingOf({ xname, reservation }: Component): Ending {
  if (reservation?.kind !== 'service' || reservation.lease === null) {
    throw new Error(`the lease index names ${xname}, which has no lease`);
  }
  return { xname, reservation, lease: reservation.lease };
}

/** Rounded up: a holder has at least what it asked for. */
function wholeSecond(ms: number): number {
  return Math.ceil(ms / 1_000) * 1_000;
}
