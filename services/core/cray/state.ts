import type { CollectionKind, ComponentProperties, CrayEvent } from '@holdfast/events/cray/messages';
import type { Steps } from '@holdfast/events/steps';
import { PersistentMap } from '../persistent-map.js';
import type { LeaseIndex } from './lease-index.js';

/** All that is decided on, of every component and collection. Immutable: each event gives a new one. */
export interface CrayState {
  /** By xname. */
  readonly components: PersistentMap<Component>;
  /** By name in lower case. */
  readonly groups: PersistentMap<Collection>;
  readonly partitions: PersistentMap<Collection>;
  /** Every service reservation that ends by itself: it holds exactly the leases that the components hold. */
  readonly leases: LeaseIndex;
  /**
   * By how much every lease has moved since the log began, in milliseconds: what is kept of a lease is its end without
   * that.
   */
  readonly shiftMs: number;
}

export interface Component {
  readonly xname: string;
  /** Sorts as the places do. Kept, because a selection of the whole fleet sorts by it. */
  readonly order: string;
  readonly properties: ComponentProperties;
  readonly locked: boolean;
  /** Fencing token of the lock: the sequence of the event that made it. Null: unlocked. */
  readonly lockToken: number | null;
  /** No reservation may be made, and the lock stays as it is. */
  readonly disabled: boolean;
  readonly reservation: Reservation | null;
}

/** An administrator's reservation never ends by itself; a service's does unless it was asked for without a duration. */
export type Reservation = AdminReservation | ServiceReservation;

interface Reserved {
  readonly reservationId: string;
  readonly reservationKeyHash: string;
  /** Fencing token: the sequence of the event that made it. A renewal keeps it. */
  readonly token: number;
}
export interface AdminReservation extends Reserved {
  readonly kind: 'admin';
}
export interface ServiceReservation extends Reserved {
  readonly kind: 'service';
  /** Null: never ends by itself. */
  readonly lease: Lease | null;
}

export interface Lease {
  /** Milliseconds since 1970, less the state's `shiftMs`: see expiryOf. */
  readonly expiresAt: number;
  /** What was asked for: a renewal without a duration asks for it again. */
  readonly durationMs: number;
}

export interface Collection {
  readonly name: string;
  readonly members: ReadonlySet<string>;
  /** A component is in one at most of those that have the same; empty: of no such set. */
  readonly exclusiveGroup: string;
}

export const nothingKnown: CrayState = {
  components: PersistentMap.empty(),
  groups: PersistentMap.empty(),
  partitions: PersistentMap.empty(),
  leases: null,
  shiftMs: 0,
};

/** When a lease ends, in milliseconds since 1970. */
export function expiryOf({ shiftMs }: Pick<CrayState, 'shiftMs'>, lease: Lease): number {
  return lease.expiresAt + shiftMs;
}

export function leaseOf(reservation: Reservation | null): Lease | null {
  return reservation?.kind === 'service' ? reservation.lease : null;
}

export function collectionsOf(state: CrayState, kind: CollectionKind): PersistentMap<Collection> {
  switch (kind) {
    case 'group':
      return state.groups;
    case 'partition':
      return state.partitions;
  }
}

/** For what an event or an index says exists. Throws where it does not, which is a bug. */
export function knownComponent(state: CrayState, xname: string, event?: CrayEvent['type']): Component {
  const component = state.components.get(xname);
  if (component === undefined)
    throw new Error(`${event ?? 'the lease index'} names ${xname}, which is not in the inventory`);
  return component;
}

/** Components sorted, merged, or looked at, in one step. */
export const componentsPerStep = 1_000;

/** In steps, as a whole fleet takes long: runs are sorted, then merged two by two. */
export function* inXnameOrder(components: readonly Component[]): Steps<Component[]> {
  let runs: Component[][] = [];
  for (let at = 0; at < components.length; at += componentsPerStep) {
    if (at > 0) yield;
    runs.push(components.slice(at, at + componentsPerStep).sort((a, b) => (a.order < b.order ? -1 : 1)));
  }
  while (runs.length > 1) {
    const merged: Component[][] = [];
    for (let n = 0; n < runs.length; n += 2) merged.push(yield* mergeOf(runs[n]!, runs[n + 1] ?? []));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* mergeOf(one: readonly Component[], other: readonly Component[]): Steps<Component[]> {
  const merged: Component[] = [];
  for (let a = 0, b = 0; a < one.length || b < other.length; ) {
    const fromOne = b >= other.length || (a < one.length && one[a]!.order < other[b]!.order);
    merged.push(fromOne ? one[a++]! : other[b++]!);
    if (merged.length % componentsPerStep === 0) yield;
  }
  return merged;
}
