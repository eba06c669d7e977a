import type { CrayEvent, ReservationKind } from '@holdfast/events/cray/messages';

/**
 * What a component is after an event, and since which. Members name sequences. There is such a state with every event,
 * so its members have no names in what is kept.
 */
export type ComponentState = [
  /** Of the ComponentPut in force. */
  put: number,
  /** Of the ComponentLocked in force; null: unlocked. */
  locked: number | null,
  /** Of the ReservationsDisabled in force; null: enabled. */
  disabled: number | null,
  held: HeldState | null,
];

/**
 * Times in milliseconds since 1970; an expiry of null: never. `since` is the sequence of the event that set the expiry,
 * which moves with each TimeShifted after it.
 */
export type HeldState = [
  reservationId: string,
  kind: ReservationKind,
  createdAt: number,
  expiresAt: number | null,
  since: number,
];

/** SQL of the sequences in the state of a row of history. */
export const putOf = (row: string) => `(${row}.state ->> 0)::bigint`;
export const lockedOf = (row: string) => `(${row}.state ->> 1)::bigint`;

/** The state after an event on the component. What needs a component leaves an unknown one unknown. Pure. */
export function componentAfter(
  before: ComponentState | null,
  event: CrayEvent,
  sequence: number,
): ComponentState | null {
  if (before === null) return event.type === 'cray.ComponentPut' ? [sequence, null, null, null] : null;
  const [put, locked, disabled, held] = before;
  switch (event.type) {
    case 'cray.ComponentPut':
      return [sequence, locked, disabled, held];
    case 'cray.ComponentDeleted':
      return null;
    case 'cray.ComponentLocked':
      return [put, locked ?? sequence, disabled, held];
    case 'cray.ComponentUnlocked':
      return [put, null, disabled, held];
    case 'cray.ReservationsDisabled':
      return [put, locked, disabled ?? sequence, held];
    case 'cray.ReservationsEnabled':
      return [put, locked, null, held];
    case 'cray.ReservationCreated': {
      const { reservationId, kind, createdAt, expiresAt } = event;
      return [put, locked, disabled, [reservationId, kind, createdAt, expiresAt, sequence]];
    }
    case 'cray.ReservationRenewed':
    case 'cray.LeaseExtended': {
      if (held?.[0] !== event.reservationId) return before;
      const [reservationId, kind, createdAt] = held;
      return [put, locked, disabled, [reservationId, kind, createdAt, event.expiresAt, sequence]];
    }
    case 'cray.ReservationReleased':
    case 'cray.ReservationRemoved':
    case 'cray.ReservationExpired':
      return [put, locked, disabled, null];
    default:
      // The message set knows every type; no other changes the state of a component.
      return before;
  }
}
