import type { Event, OutcomeEvent } from '@holdfast/events';
import type { CollectionDifference, CollectionKind, ComponentProperties } from '@holdfast/events/cray/messages';
import type { PlacementChange } from './placement/change.js';
import type { CollectionRow, ReservationRow } from './port.js';

/** What a group does to the rows of a family. */
export type Change = StatusChange | DecisionChange;

/**
 * Of the status family. Values are final (set this column of this key to that), so changes of many groups collapse to one
 * per row, and applying one twice is the same as once; but for a move of all leases, which counts as often as it comes. Each is
 * written in the transaction that moves the watermark past it, and so once.
 */
export type StatusChange = ComponentChange | LeasesChange | CollectionChange | PlacementChange;

/** All but `put` leave an unknown component unknown. */
export type ComponentChange =
  /** Creates it unlocked and free, or replaces its properties and nothing else. */
  | { table: 'component'; op: 'put'; xname: string; properties: ComponentProperties }
  | { table: 'component'; op: 'delete'; xname: string }
  /** `token`: that of the lock; null: unlocked. */
  | { table: 'component'; op: 'lock'; xname: string; token: number | null }
  | { table: 'component'; op: 'disable'; xname: string; disabled: boolean }
  | { table: 'component'; op: 'reserve'; xname: string; reservation: ReservationRow | null }
  /** Moves the expiry of that reservation; does nothing once there is another or none. */
  | { table: 'component'; op: 'extend'; xname: string; reservationId: string; expiresAt: number | null };

/** Every expiry that there is moves by this much. */
export interface LeasesChange {
  table: 'leases';
  byMs: number;
}

export type CollectionChange =
  | ({ table: 'collection'; op: 'put'; kind: CollectionKind } & CollectionRow)
  /** Leaves an unknown one unknown. */
  | ({ table: 'collection'; op: 'change' } & CollectionDifference)
  | { table: 'collection'; op: 'delete'; kind: CollectionKind; name: string };

/** Of the audit family: a group, as it was decided. Rows are only ever added, and adding one twice is the same as once. */
export interface DecisionChange {
  table: 'decision';
  /** Sequence of the outcome. */
  sequence: number;
  /** Log time, milliseconds since 1970. */
  time: number;
  commandId: string;
  actor: string;
  /** Somebody asked for it; the others are the engine's own. */
  asked: boolean;
  outcome: OutcomeEvent;
  /** The others of the group, in order; the first has the sequence `sequence - events.length`. */
  events: RecordedEvent[];
}

export interface RecordedEvent {
  /** Id of the resource that it is on, or null; see resourceOf. */
  resource: string | null;
  event: Event;
}

/** Rows that changes are about: what limits on them count. */
export function rowsOf(change: Change): number {
  return change.table === 'decision' ? change.events.length + 1 : 1;
}
