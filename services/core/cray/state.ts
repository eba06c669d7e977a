import type { ComponentProperties, ReservationKind } from '@holdfast/events';
import { PersistentMap } from '../persistent-map.js';

/** All components of one system, and who holds them. */
export interface CrayState {
  components: PersistentMap<Component>;
  groups: PersistentMap<ReadonlySet<string>>;
  partitions: PersistentMap<ReadonlySet<string>>;
  /** Expiry of each reservation that has one, by xname. */
  leases: PersistentMap<number>;
  /** No lease ends before this; so a command with nothing due costs nothing. */
  nextExpiry: number;
}

export interface Component {
  xname: string;
  properties: ComponentProperties;
  locked: boolean;
  /** No reservation can be made. A disabled component has none. */
  disabled: boolean;
  reservation: Reservation | null;
}

export interface Reservation {
  id: string;
  kind: ReservationKind;
  reservationKeyHash: string;
  createdAt: number;
  /** Milliseconds since 1970; null: never. */
  expiresAt: number | null;
  durationMs: number | null;
}

export const initialState: CrayState = {
  components: PersistentMap.empty(),
  groups: PersistentMap.empty(),
  partitions: PersistentMap.empty(),
  leases: PersistentMap.empty(),
  nextExpiry: Number.POSITIVE_INFINITY,
};
