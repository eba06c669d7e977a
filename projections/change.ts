import type { CollectionKind, ComponentProperties } from '@holdfast/events';
import type { RequestRow, ReservationRow } from './port.js';

/**
 * What a group does to the rows. Values are final (set this column of this key to that), so changes of many groups collapse
 * to one per row, and applying one twice is the same as once.
 */
export type Change = ComponentChange | CollectionChange | RequestChange;

/** All but `put` leave an unknown component unknown. */
export type ComponentChange =
  /** Creates it unlocked and free, or replaces its properties and nothing else. */
  | { table: 'component'; op: 'put'; xname: string; properties: ComponentProperties }
  | { table: 'component'; op: 'delete'; xname: string }
  | { table: 'component'; op: 'lock'; xname: string; locked: boolean }
  | { table: 'component'; op: 'disable'; xname: string; disabled: boolean }
  | { table: 'component'; op: 'reserve'; xname: string; reservation: ReservationRow | null }
  /** Moves the expiry of that reservation; does nothing once there is another or none. */
  | { table: 'component'; op: 'extend'; xname: string; reservationId: string; expiresAt: number | null };

export type CollectionChange =
  | { table: 'collection'; op: 'put'; kind: CollectionKind; name: string; description: string; members: string[] }
  | { table: 'collection'; op: 'delete'; kind: CollectionKind; name: string };

export interface RequestChange {
  table: 'request';
  op: 'put';
  row: RequestRow;
}
