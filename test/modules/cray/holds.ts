import type { CrayCommand, CrayEvent } from '@holdfast/events/cray/messages';
import type { HoldChange, Holds, Wholes } from '../../model/holds.js';

/** Reservations, each of one component. */
export const crayHolds: Holds = {
  changeOf(event: CrayEvent): HoldChange | null {
    if (!('reservationId' in event)) return null;
    const of = { resource: event.xname, hold: event.reservationId };
    switch (event.type) {
      case 'cray.ReservationCreated': {
        const { reservationKeyHash: keyHash, durationMs, expiresAt } = event;
        return { ...of, is: 'begun', keyHash, durationMs, expiresAt };
      }
      case 'cray.ReservationRenewed':
        return { ...of, is: 'renewed', durationMs: event.durationMs, expiresAt: event.expiresAt };
      case 'cray.LeaseExtended':
        return { ...of, is: 'moved', expiresAt: event.expiresAt };
      case 'cray.ReservationReleased':
      case 'cray.ReservationRemoved':
        return { ...of, is: 'ended' };
      case 'cray.ReservationExpired':
        return { ...of, is: 'expired' };
    }
  },
  gone: (event: CrayEvent) => (event.type === 'cray.ComponentDeleted' ? event.xname : null),
  renewals(command: CrayCommand) {
    if (command.type !== 'cray.RenewalRequested') return [];
    return command.keys.map(({ xname: resource, keyHash }) => ({ resource, keyHash }));
  },
};

export const crayWholes: Wholes = {
  whole(command: CrayCommand) {
    if (!('rigid' in command) || !command.rigid) return null;
    // Two keys may be of one component.
    return { counted: !('keys' in command) };
  },
  part(event: CrayEvent) {
    // Before the outcome there may also be leases that ended because time passed.
    if (event.type === 'cray.ReservationExpired' || event.type === 'cray.LeaseExtended') return null;
    return 'xname' in event ? { of: event.xname, refused: event.type === 'cray.RequestRefused' } : null;
  },
};
