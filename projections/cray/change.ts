import type { CollectionDifference, CollectionKind, ComponentProperties } from '@holdfast/events/cray/messages';
import type { CollectionRow, ReservationRow } from './port.js';

export type CrayChange = ComponentChange | LeasesChange | CollectionChange;

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
