import type { ShownEvents, ShownFields } from '../showing.js';
import type { ComponentProperties, CrayEvent } from './messages.js';

const xname = { xname: 'shown' } as const;
const collection = { kind: 'shown', name: 'shown' } as const;
const onReservation = { xname: 'shown', reservationId: 'shown' } as const;

const properties = {
  type: 'shown',
  state: 'shown',
  flag: 'shown',
  enabled: 'shown',
  softwareStatus: 'shown',
  role: 'shown',
  subRole: 'shown',
  nid: 'shown',
  subtype: 'shown',
  netType: 'shown',
  arch: 'shown',
  class: 'shown',
} as const satisfies ShownFields<ComponentProperties>;

/**
 * What readers of the audit see of the module's events. Hashes of keys tell of secrets, even if they do not give them
 * away.
 */
export const crayShown = {
  'cray.ComponentLocked': xname,
  'cray.ComponentUnlocked': xname,
  'cray.ReservationsDisabled': xname,
  'cray.ReservationsEnabled': xname,
  'cray.ReservationCreated': {
    ...onReservation,
    kind: 'shown',
    reservationKeyHash: 'withheld',
    deputyKeyHash: 'withheld',
    createdAt: 'shown',
    expiresAt: 'shown',
    durationMs: 'shown',
  },
  // A fencing token is shown of what is held now, and nowhere else.
  'cray.ReservationRenewed': { ...onReservation, expiresAt: 'shown', durationMs: 'shown', fencingToken: 'withheld' },
  'cray.ReservationReleased': onReservation,
  'cray.ReservationRemoved': onReservation,
  'cray.ReservationExpired': { ...onReservation, expiredAt: 'shown' },
  'cray.LeaseExtended': { ...onReservation, expiresAt: 'shown', byMs: 'shown' },
  'cray.RequestRefused': { ...xname, reason: 'shown' },
  'cray.ComponentPut': { ...xname, properties },
  'cray.ComponentDeleted': xname,
  'cray.CollectionPut': {
    ...collection,
    description: 'shown',
    members: 'shown',
    tags: 'shown',
    exclusiveGroup: 'shown',
  },
  'cray.CollectionChanged': { ...collection, description: 'shown', tags: 'shown', added: 'shown', removed: 'shown' },
  'cray.CollectionDeleted': collection,
} as const satisfies ShownEvents<CrayEvent>;
