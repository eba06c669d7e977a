import type { CollectionChanged, CollectionKind, CrayEvent, ReservationCreated } from '@holdfast/events/cray/messages';
import { xnameOrder } from '@holdfast/events/cray/xname';
import type { PersistentMap } from '../persistent-map.js';
import { addLease, dropLease } from './lease-index.js';
import {
  type Collection,
  type Component,
  type CrayState,
  collectionsOf,
  knownComponent,
  type Lease,
  leaseOf,
  type Reservation,
  type ServiceReservation,
} from './state.js';

/**
 * The state after an event with this sequence, which is the fencing token of the hold that it makes. Throws where the
 * event contradicts the state, which is a bug: `decide` made it.
 */
export function evolve(state: CrayState, event: CrayEvent, sequence: number | null): CrayState {
  switch (event.type) {
    case 'cray.ComponentLocked':
      return change(state, event, { locked: true, lockToken: tokenOf(event, sequence) });
    case 'cray.ComponentUnlocked':
      return change(state, event, { locked: false, lockToken: null });
    case 'cray.ReservationsDisabled':
      return change(state, event, { disabled: true });
    case 'cray.ReservationsEnabled':
      return change(state, event, { disabled: false });
    case 'cray.ReservationCreated':
      return created(state, event, tokenOf(event, sequence));
    case 'cray.ReservationRenewed': {
      const lease = leaseFrom(state, event);
      return change(state, event, { reservation: { ...serviceReservation(state, event), lease } });
    }
    case 'cray.LeaseExtended': {
      const reservation = serviceReservation(state, event);
      if (reservation.lease === null) throw new Error(`${event.type}: ${event.xname} has no lease`);
      const lease = { ...reservation.lease, expiresAt: event.expiresAt - state.shiftMs };
      return change(state, event, { reservation: { ...reservation, lease } });
    }
    case 'cray.ReservationReleased':
    case 'cray.ReservationRemoved':
    case 'cray.ReservationExpired':
      heldReservation(state, event);
      return change(state, event, { reservation: null });
    case 'cray.RequestRefused':
      return state;
    case 'cray.ComponentPut':
      return put(state, event);
    case 'cray.ComponentDeleted': {
      const before = knownComponent(state, event.xname, event.type);
      if (before.reservation !== null) throw new Error(`${event.type}: ${event.xname} is still reserved`);
      return { ...state, components: state.components.delete(event.xname) };
    }
    case 'cray.CollectionPut': {
      const { kind, name, exclusiveGroup } = event;
      const collection = { name, members: new Set(event.members), exclusiveGroup };
      return withCollections(state, kind, collectionsOf(state, kind).set(name.toLowerCase(), collection));
    }
    case 'cray.CollectionChanged':
      return withCollections(state, event.kind, collectionChanged(state, event));
    case 'cray.CollectionDeleted':
      return withCollections(state, event.kind, collectionsOf(state, event.kind).delete(event.name.toLowerCase()));
  }
}

function withCollections(state: CrayState, kind: CollectionKind, collections: PersistentMap<Collection>): CrayState {
  return kind === 'group' ? { ...state, groups: collections } : { ...state, partitions: collections };
}

/** Tags and descriptions decide nothing. */
function collectionChanged(
  state: CrayState,
  { type, kind, name, added, removed }: CollectionChanged,
): PersistentMap<Collection> {
  const key = name.toLowerCase();
  const collections = collectionsOf(state, kind);
  const before = collections.get(key);
  if (before === undefined) throw new Error(`${type}: there is no ${kind} ${name}`);
  if (added.length === 0 && removed.length === 0) return collections;
  const members = new Set(before.members);
  for (const xname of added) members.add(xname);
  for (const xname of removed) members.delete(xname);
  return collections.set(key, { ...before, members });
}

type ComponentEvent = Extract<CrayEvent, { xname: string }>;
type ReservationEvent = Extract<CrayEvent, { reservationId: string }>;

/** The only way to change a component, so that the index of leases follows. */
function change(
  state: CrayState,
  event: ComponentEvent,
  fields: Partial<Pick<Component, 'locked' | 'lockToken' | 'disabled' | 'reservation'>>,
): CrayState {
  const { xname, type } = event;
  const before = knownComponent(state, xname, type);
  const after: Component = { ...before, ...fields };
  if (after.disabled && after.reservation !== null) throw new Error(`${type}: ${xname} is both disabled and reserved`);
  const components = state.components.set(xname, after);
  const [was, is] = [leaseOf(before.reservation), leaseOf(after.reservation)];
  if (was?.expiresAt === is?.expiresAt) return { ...state, components };
  let { leases } = state;
  if (was !== null) leases = dropLease(leases, { expiresAt: was.expiresAt, xname });
  if (is !== null) leases = addLease(leases, { expiresAt: is.expiresAt, xname });
  return { ...state, components, leases };
}

function tokenOf({ type, xname }: ComponentEvent, sequence: number | null): number {
  if (sequence === null) throw new Error(`${type}: ${xname} is held before the log says so`);
  return sequence;
}

function created(state: CrayState, event: ReservationCreated, token: number): CrayState {
  const { xname, type, kind, reservationId, reservationKeyHash } = event;
  if (knownComponent(state, xname, type).reservation !== null) throw new Error(`${type}: ${xname} is reserved already`);
  const lease = leaseFrom(state, event);
  const reserved = { reservationId, reservationKeyHash, token };
  const reservation: Reservation = kind === 'admin' ? { kind, ...reserved } : { kind, ...reserved, lease };
  return change(state, event, { reservation });
}

function put(state: CrayState, { xname, properties }: Extract<CrayEvent, { type: 'cray.ComponentPut' }>): CrayState {
  const before = state.components.get(xname);
  const component: Component =
    before === undefined
      ? {
          xname,
          order: xnameOrder(xname),
          properties,
          locked: false,
          lockToken: null,
          disabled: false,
          reservation: null,
        }
      : { ...before, properties };
  return { ...state, components: state.components.set(xname, component) };
}

function heldReservation(state: CrayState, { xname, type, reservationId }: ReservationEvent): Reservation {
  const { reservation } = knownComponent(state, xname, type);
  if (reservation?.reservationId !== reservationId) {
    throw new Error(`${type}: ${xname} does not hold reservation ${reservationId}`);
  }
  return reservation;
}

function serviceReservation(state: CrayState, event: ReservationEvent): ServiceReservation {
  const reservation = heldReservation(state, event);
  if (reservation.kind !== 'service') throw new Error(`${event.type}: the reservation of ${event.xname} has no lease`);
  return reservation;
}

function leaseFrom(
  { shiftMs }: CrayState,
  { expiresAt, durationMs }: { expiresAt: number | null; durationMs: number | null },
): Lease | null {
  return expiresAt === null || durationMs === null ? null : { expiresAt: expiresAt - shiftMs, durationMs };
}
