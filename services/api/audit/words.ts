import type { Event } from '@holdfast/events';
import type { CollectionReason, MissingReason, Reason } from '@holdfast/events/cray/messages';
import type { ShownEvent } from '@holdfast/events/shown';
import type { Decision, EventEntry, HeldBy, RequestEntry } from '@holdfast/projections/audit-port';
import type { Holder } from '@holdfast/projections/cray/port';
import { placementNouns, placementWordsBy } from './placement-words.js';

/** What happened, in words for people: these may change. What programs read is beside them. All is pure. */

/** `reserved for 15 minutes by alice: firmware update`. */
export function eventText(entry: EventEntry): string {
  const { detail, type, resource, reservationId } = entry;
  const event = { ...detail, type, ...(type.startsWith('cray.') ? { xname: resource, reservationId } : {}) };
  const say = words[entry.type as Event['type']] as ((event: object, decision: Decision) => string) | undefined;
  return say === undefined ? entry.type + byAndWhy(entry.decision) : say(event, entry.decision);
}

/** Every type of event there is. */
export const eventTypes = () => Object.keys(words) as Event['type'][];

/** Words are made of what is shown. */
type Words = { [T in Event['type']]: (event: ShownEvent<T>, decision: Decision) => string };

const plainly = (text: string) => (_event: unknown, decision: Decision) => text + byAndWhy(decision);

const words: Words = {
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
    `${commandNoun(decision.command)} refused, as ${refusals[reason]}; asked${byAndWhy(decision)}`,
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
  ...placementWordsBy(byAndWhy),
  'engine.ShardOpened': ({ domains }) => `shard opened for ${domains.join(', ')}`,
  'engine.CommandLogAttached': ({ logId }) => `command log ${logId} begun`,
  'engine.LevelRaised': ({ level }, decision) => `log raised to level ${level}${byAndWhy(decision)}`,
  'engine.SchemasRecorded': ({ schemas }) => `${counted(schemas.length, 'schema')} recorded`,
  'engine.TimeShifted': ({ byMs }) =>
    `every lease moved by ${duration(byMs)}, as the log's clock was set, or the log was silent`,
  'engine.TickerHeard': ({ ticker }) => `ticker ${ticker} heard`,
  'engine.EpochStarted': () => 'epoch begun',
  'engine.EpochEnded': () => 'epoch ended',
  'engine.RequestDecided': (_event, decision) => decisionText(decision),
  'engine.Repeated': ({ originalSequence }, decision) => repeatedText(decision, originalSequence),
};

/** `refused (Locked): lock of 3 components by alice: firmware update`. */
export function requestText(request: RequestEntry): string {
  const { originalSequence } = request;
  return originalSequence === null ? decisionText(request) : repeatedText(request, originalSequence);
}

function decisionText(decision: Decision): string {
  const { command, status, total, reason } = decision;
  const thing = addressed(command);
  const about = !total || thing === null ? '' : ` of ${counted(total, thing)}`;
  const why = reason === null ? '' : ` (${reason})`;
  const became = status === 'conflict' ? 'refused (its Idempotency-Key had another body before)' : status;
  return `${became}${why}: ${commandNoun(command)}${about}${byAndWhy(decision)}`;
}

/** What a command's total counts; null where it says nothing. */
function addressed(command: string): string | null {
  if (command.startsWith('placement.Allocations')) return 'consumer';
  return command.startsWith('cray.') && !command.startsWith('cray.Collection') ? 'component' : null;
}

function repeatedText(decision: Decision, originalSequence: number): string {
  return `repeated: request of sequence ${originalSequence}${byAndWhy(decision)}`;
}

/** `locked since 2026-01-31T12:00:00Z by alice: keep out`. */
export function lockText({ since, by }: HeldBy): string {
  return `locked${sinceText(since)}${by === null ? '' : byAndWhy(by)}`;
}

export function reservationText({ since, by, kind, expiresAt }: NonNullable<Holder['reservation']>): string {
  const admin = kind === 'admin' ? ' as an administrator' : '';
  const end = expiresAt === null ? ' without an end' : ` until ${time(expiresAt)}`;
  return `reserved${admin}${sinceText(since)}${end}${by === null ? '' : byAndWhy(by)}`;
}

export function sinceText(since: number | null): string {
  return since === null ? '' : ` since ${time(since)}`;
}

/** ` by alice: firmware update`. What time did, nobody did. */
export function byAndWhy({ actor, origin, command }: Decision): string {
  if (command.startsWith('engine.')) return '';
  const name = origin?.actor.name || actor || 'anonymous';
  const stated = origin !== null && !origin.actor.authenticated && origin.actor.name !== '' ? ' (as stated)' : '';
  return ` by ${name}${stated}${origin?.reason ? `: ${origin.reason}` : ''}`;
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

const nouns: Record<string, string> = {
  ...placementNouns,
  '': 'request',
  'cray.LockRequested': 'lock',
  'cray.UnlockRequested': 'unlock',
  'cray.DisableRequested': 'disable',
  'cray.RepairRequested': 'repair',
  'cray.ReservationRequested': 'reservation',
  'cray.RenewalRequested': 'renewal',
  'cray.ReleaseRequested': 'release',
  'cray.RemovalRequested': 'removal',
  'cray.ComponentsPutRequested': 'inventory change',
  'cray.ComponentsDeletionRequested': 'inventory deletion',
  'cray.RoleChangeRequested': 'change of a role',
  'cray.CollectionPutRequested': 'creation of a group or partition',
  'cray.CollectionChangeRequested': 'change of a group or partition',
  'cray.CollectionDeletionRequested': 'deletion of a group or partition',
};

/** A module's command that has no word here goes by its type. */
function commandNoun(command: string): string {
  return nouns[command] ?? command;
}

function time(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

/** In the largest unit of which it is a whole number. */
function duration(ms: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ] as const;
  for (const [unit, length] of units) if (ms >= length && ms % length === 0) return counted(ms / length, unit);
  return `${ms} ms`;
}

function counted(count: number, noun: string): string {
  return `${count} ${count === 1 ? noun : `${noun}s`}`;
}
