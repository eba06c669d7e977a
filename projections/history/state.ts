import { type Event, isOfPlacement, placementResource } from '@holdfast/events';
import type { ReservationKind } from '@holdfast/events/cray/messages';
import { isOfEngine } from '../engine-event.js';
import { unknownEvent } from '../unknown-event.js';

/** A kind of resources of which the read model knows each that ever was. */
export type ResourceKind = 'component' | 'provider' | 'consumer';

/** The kind of resource that an event can be the first of, or null. */
export function kindPut({ type }: Event): ResourceKind | null {
  switch (type) {
    case 'cray.ComponentPut':
      return 'component';
    case 'placement.ProviderPut':
      return 'provider';
    case 'placement.ConsumerPut':
      return 'consumer';
    default:
      return null;
  }
}

/** What a component is after an event, and since which. Members name sequences. */
export interface ComponentState {
  /** Of the ComponentPut in force; null: there is no such component. */
  put: number | null;
  /** Of the ComponentLocked in force; null: unlocked. */
  locked: number | null;
  /** Of the ReservationsDisabled in force; null: enabled. */
  disabled: number | null;
  held: Held | null;
}

/**
 * Times in milliseconds since 1970; an expiry of null: never. `since` is the sequence of the event that set the expiry, which moves with
 * each TimeShifted after it; null in rows that were made before there were any.
 */
export type Held = [
  reservationId: string,
  kind: ReservationKind,
  createdAt: number,
  expiresAt: number | null,
  since: number | null,
];

export const nothing: ComponentState = { put: null, locked: null, disabled: null, held: null };

/** The component, provider, consumer or resource class that an event is on, or null. Throws UnknownEventError. */
export function resourceOf(event: Event): string | null {
  if (isOfEngine(event)) return null;
  if (isOfPlacement(event)) return storableOrNull(placementResource(event).id);
  switch (event.type) {
    case 'cray.ComponentPut':
    case 'cray.ComponentDeleted':
    case 'cray.ComponentLocked':
    case 'cray.ComponentUnlocked':
    case 'cray.ReservationsDisabled':
    case 'cray.ReservationsEnabled':
    case 'cray.ReservationCreated':
    case 'cray.ReservationRenewed':
    case 'cray.LeaseExtended':
    case 'cray.ReservationReleased':
    case 'cray.ReservationRemoved':
    case 'cray.ReservationExpired':
      return storableOrNull(event.xname);
    case 'cray.RequestRefused':
      // Where a collection exists already, `xname` holds its name.
      return event.reason === 'Exists' ? null : storableOrNull(event.xname);
    case 'cray.CollectionPut':
    case 'cray.CollectionChanged':
    case 'cray.CollectionDeleted':
      return null;
    default:
      return unknownEvent(event);
  }
}

/** No column of texts can hold U+0000. */
function storableOrNull(id: string): string | null {
  return id.includes('\0') ? null : id;
}

/** The state after an event on the component. What needs a component leaves an unknown one unknown. Pure. */
export function stateAfter(before: ComponentState, event: Event, sequence: number): ComponentState {
  if (before.put === null && event.type !== 'cray.ComponentPut') return before;
  switch (event.type) {
    case 'cray.ComponentPut':
      return { ...before, put: sequence };
    case 'cray.ComponentDeleted':
      return nothing;
    case 'cray.ComponentLocked':
      return { ...before, locked: before.locked ?? sequence };
    case 'cray.ComponentUnlocked':
      return { ...before, locked: null };
    case 'cray.ReservationsDisabled':
      return { ...before, disabled: before.disabled ?? sequence };
    case 'cray.ReservationsEnabled':
      return { ...before, disabled: null };
    case 'cray.ReservationCreated':
      return { ...before, held: [event.reservationId, event.kind, event.createdAt, event.expiresAt, sequence] };
    case 'cray.ReservationRenewed':
    case 'cray.LeaseExtended': {
      if (before.held?.[0] !== event.reservationId) return before;
      const [reservationId, kind, createdAt] = before.held;
      return { ...before, held: [reservationId, kind, createdAt, event.expiresAt, sequence] };
    }
    case 'cray.ReservationReleased':
    case 'cray.ReservationRemoved':
    case 'cray.ReservationExpired':
      return { ...before, held: null };
    default:
      // `resourceOf` knows every type; no other changes the state of a component.
      return before;
  }
}
