import type { KeyHashes } from '@holdfast/events/cray/keys';
import type { CrayEvent, ReservationRequested } from '@holdfast/events/cray/messages';
import type { DecisionContext } from '../decider.js';
import { leaseFor } from './expiry.js';
import type { Rule } from './settle.js';
import { type Component, type Lease, leaseOf, type Reservation } from './state.js';

/**
 * The table of the contract, a row each. The order of the conditions is the order in which reasons win: for lock and
 * unlock the lock state comes before Disabled, for reservations after it.
 */
export const lockRule: Rule<Component> = {
  refusal({ locked, disabled, reservation }) {
    if (locked) return 'Locked';
    if (disabled) return 'Disabled';
    return reservation === null ? null : 'Reserved';
  },
  effects: ({ xname }) => [{ type: 'cray.ComponentLocked', xname }],
};

export const unlockRule: Rule<Component> = {
  refusal({ locked, disabled, reservation }) {
    if (!locked) return 'Unlocked';
    if (disabled) return 'Disabled';
    return reservation === null ? null : 'Reserved';
  },
  effects: ({ xname }) => [{ type: 'cray.ComponentUnlocked', xname }],
};

/** Idempotent, and ends the reservation. The lock is kept. */
export const disableRule: Rule<Component> = {
  refusal: () => null,
  effects: (component) => [...removalOf(component), { type: 'cray.ReservationsDisabled', xname: component.xname }],
};

/** Idempotent. */
export const repairRule: Rule<Component> = {
  refusal: () => null,
  effects: ({ xname }) => [{ type: 'cray.ReservationsEnabled', xname }],
};

/**
 * An administrator's removal of a reservation: of the one that is named, else of any. Lock and disabled state are kept.
 */
export function removalRule(reservationId: string | null): Rule<Component> {
  return { refusal: (component) => (isReserved(component, reservationId) ? null : 'NotFound'), effects: removalOf };
}

/** Whether it has that reservation; by anybody where that is null. */
export function isReserved({ reservation }: Component, reservationId: string | null): boolean {
  return reservation !== null && (reservationId === null || reservation.reservationId === reservationId);
}

/** Deleting a component ends its reservation. */
export const deletionRule: Rule<Component> = {
  refusal: () => null,
  effects: (component) => [...removalOf(component), { type: 'cray.ComponentDeleted', xname: component.xname }],
};

export function reservationRule(
  { kind, durationMs, requires }: ReservationRequested,
  { now, commandId, commandPosition }: DecisionContext,
  keyHashes: KeyHashes,
): Rule<Component> {
  // The same where the command is decided again.
  const reservationId = `${commandId}.${commandPosition}`;
  const expiry = expiryFields(kind === 'service' ? leaseFor(now, durationMs) : null);
  return {
    refusal({ locked, disabled, reservation }) {
      if (disabled) return 'Disabled';
      if (locked && requires === 'unlocked') return 'Locked';
      if (!locked && requires === 'locked') return 'Unlocked';
      return reservation === null ? null : 'Reserved';
    },
    effects({ xname }) {
      const { reservationKeyHash, deputyKeyHash } = keyHashes(reservationId, xname);
      const keys = { reservationKeyHash, deputyKeyHash };
      return [{ type: 'cray.ReservationCreated', xname, reservationId, kind, ...keys, createdAt: now, ...expiry }];
    },
  };
}

/** A reservation whose key was shown. */
export interface ProvenReservation {
  xname: string;
  reservation: Reservation;
}

/** Either kind: both dialects release both on both of their paths. */
export const releaseRule: Rule<ProvenReservation> = {
  refusal: () => null,
  effects: ({ xname, reservation: { reservationId } }) => [{ type: 'cray.ReservationReleased', xname, reservationId }],
};

/**
 * `durationMs` counts from `now`, so it may also shorten; null is the same length again, and none where there was none.
 * From level 4 on the event says the fencing token of the reservation, so that the answer needs no read model.
 */
export function renewalRule(durationMs: number | null, { now, level }: DecisionContext): Rule<ProvenReservation> {
  return {
    refusal: ({ reservation }) => (reservation.kind === 'service' ? null : 'NotFound'),
    effects({ xname, reservation }) {
      const lengthMs = durationMs ?? leaseOf(reservation)?.durationMs ?? null;
      const { reservationId, token } = reservation;
      const fencingToken = level < 4 ? null : token;
      const expiry = expiryFields(leaseFor(now, lengthMs));
      return [{ type: 'cray.ReservationRenewed', xname, reservationId, ...expiry, fencingToken }];
    },
  };
}

/** As events say it. */
function expiryFields(lease: Lease | null): { expiresAt: number | null; durationMs: number | null } {
  return lease ?? { expiresAt: null, durationMs: null };
}

function removalOf({ xname, reservation }: Component): CrayEvent[] {
  if (reservation === null) return [];
  return [{ type: 'cray.ReservationRemoved', xname, reservationId: reservation.reservationId }];
}
