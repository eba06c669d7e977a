import type { CollectionReason, CrayEvent, MissingReason, Reason } from '@holdfast/events/cray/messages';
import type { EventEntry, RecordedDecision } from '@holdfast/projections/audit-port';
import { byAndWhy, counted, duration, nounOf, time } from '../audit/text.js';
import type { EventWords } from '../module.js';
import { crayCommands } from './commands.js';

/** What is said of components, groups and partitions. All is pure. */

const plainly = (text: string) => (_event: unknown, decision: RecordedDecision) => text + byAndWhy(decision);

export const crayWords: EventWords<CrayEvent> = {
  'cray.ComponentLocked': plainly('locked'),
  'cray.ComponentUnlocked': plainly('unlocked'),
  'cray.ReservationsDisabled': plainly('reservations disabled'),
  'cray.ReservationsEnabled': plainly('reservations enabled again'),
  'cray.ReservationCreated': ({ kind, durationMs }, decision) => {
    const admin = kind === 'admin' ? ' as an administrator' : '';
    return `reserved${durationMs === null ? ' without an end' : ` for ${duration(durationMs)}`}${admin}${byAndWhy(decision)}`;
  },
  'cray.ReservationRenewed': ({ expiresAt, durationMs }, decision) => {
    const length = durationMs === null ? '' : ` for ${duration(durationMs)}`;
    return `reservation renewed${length}${expiresAt === null ? '' : `, until ${time(expiresAt)}`}${byAndWhy(decision)}`;
  },
  'cray.LeaseExtended': ({ expiresAt, byMs }) =>
    `reservation moved by ${duration(byMs)} to end at ${time(expiresAt)}, as the log was silent or its clock was set`,
  'cray.ReservationReleased': plainly('reservation released'),
  'cray.ReservationRemoved': plainly('reservation removed'),
  'cray.ReservationExpired': ({ expiredAt }) => `reservation expired at ${time(expiredAt)}`,
  'cray.RequestRefused': ({ reason }, decision) =>
    `${nounOf(crayCommands, decision.command)} refused, as ${refusals[reason]}; asked${byAndWhy(decision)}`,
  'cray.ComponentPut': plainly('written to the inventory'),
  'cray.ComponentDeleted': plainly('deleted from the inventory'),
  'cray.CollectionPut': ({ kind, name, members }, decision) =>
    `${kind} ${name} written, ${counted(members.length, 'member')}${byAndWhy(decision)}`,
  'cray.CollectionChanged': ({ kind, name, description, tags, added, removed }, decision) => {
    const parts = [
      ...(added.length > 0 ? [`${counted(added.length, 'member')} added`] : []),
      ...(removed.length > 0 ? [`${counted(removed.length, 'member')} removed`] : []),
      ...(description === null ? [] : ['described']),
      ...(tags === null ? [] : ['tagged']),
    ];
    return `${kind} ${name} changed${parts.length > 0 ? `, ${parts.join(', ')}` : ''}${byAndWhy(decision)}`;
  },
  'cray.CollectionDeleted': ({ kind, name }, decision) => `${kind} ${name} deleted${byAndWhy(decision)}`,
};

/** Their components. */
export function crayKept({ resource }: EventEntry): object {
  return { xname: resource };
}

const refusals: Record<Reason | CollectionReason | MissingReason | 'NoReservation', string> = {
  NotFound: 'there is no such component or reservation',
  Locked: 'it is locked',
  Unlocked: 'it is not locked',
  Disabled: 'its reservations are disabled',
  Reserved: 'it is reserved',
  Exists: 'it exists already',
  IsMember: 'it is a member already',
  NoMember: 'it is no member',
  Exclusive: 'it is a member of another one, and may be of one only',
  NoGroup: 'there is no such group',
  NoPartition: 'there is no such partition',
  NoReservation: 'no component has that reservation',
};
