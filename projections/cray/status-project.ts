import type { CrayEvent } from '@holdfast/events/cray/messages';
import { unknownEvent } from '../unknown-event.js';
import type { ComponentChange } from './change.js';

/** What an event with this sequence changes in the status of a component; null when nothing. Pure. */
export function projectStatus(event: CrayEvent, sequence: number): ComponentChange | null {
  switch (event.type) {
    case 'cray.ComponentLocked':
      return { table: 'component', op: 'lock', xname: event.xname, token: sequence };
    case 'cray.ComponentUnlocked':
      return { table: 'component', op: 'lock', xname: event.xname, token: null };
    case 'cray.ReservationsDisabled':
      return { table: 'component', op: 'disable', xname: event.xname, disabled: true };
    case 'cray.ReservationsEnabled':
      return { table: 'component', op: 'disable', xname: event.xname, disabled: false };
    case 'cray.ReservationCreated': {
      const { xname, reservationId, kind, createdAt, expiresAt, deputyKeyHash } = event;
      const reservation = { reservationId, kind, createdAt, expiresAt, deputyKeyHash, token: sequence };
      return { table: 'component', op: 'reserve', xname, reservation };
    }
    case 'cray.ReservationRenewed':
    case 'cray.LeaseExtended': {
      const { xname, reservationId, expiresAt } = event;
      return { table: 'component', op: 'extend', xname, reservationId, expiresAt };
    }
    case 'cray.ReservationReleased':
    case 'cray.ReservationRemoved':
    case 'cray.ReservationExpired':
      return { table: 'component', op: 'reserve', xname: event.xname, reservation: null };
    case 'cray.ComponentPut':
    case 'cray.ComponentDeleted':
    case 'cray.CollectionPut':
    case 'cray.CollectionChanged':
    case 'cray.CollectionDeleted':
    case 'cray.RequestRefused':
      return null;
    default:
      return unknownEvent(event);
  }
}
