import type { Criterion, Selection } from '@holdfast/events/cray/messages';
import { parseXname } from '@holdfast/events/cray/xname';
import { atOnce } from '@holdfast/events/steps';
import { inTurns } from '@holdfast/log/turn';
import type { HeldBy } from '@holdfast/projections/audit-port';
import type { Holder } from '@holdfast/projections/cray/port';
import { instant, shownBy } from '../audit/entries.js';
import type { AuditAsked, ModuleAudit } from '../audit/module.js';
import { requireMoment } from '../audit/moments.js';
import { bad, cursorOf, isName, type LogMoment, type Parameters } from '../audit/parameters.js';
import { byAndWhy, sinceText, time } from '../audit/text.js';
import { ApiError } from '../errors.js';
import { askedOf, asking, earliest, read, sayingPastExpiry } from '../reads.js';
import { crayTexts } from './audit-texts.js';
import { published } from './dialect.js';
import { crayHolderFilters, crayResource } from './filters.js';
import { type SelectionBody, selectionOf } from './selection.js';
import { statusAnswer } from './status.js';
import { type Vocabulary, vocabularyIn } from './vocabulary.js';

/* What the audit shows of components, their locks and their reservations. */

const selectionFields: Record<string, Criterion['field']> = {
  xname: 'ComponentIDs',
  nid: 'NID',
  type: 'Type',
  state: 'State',
  flag: 'Flag',
  enabled: 'Enabled',
  softwareStatus: 'SoftwareStatus',
  role: 'Role',
  subrole: 'SubRole',
  subtype: 'Subtype',
  arch: 'Arch',
  class: 'Class',
  group: 'Group',
  partition: 'Partition',
  locked: 'Locked',
  reserved: 'Reserved',
  reservationDisabled: 'ReservationDisabled',
};

export const crayAudit: ModuleAudit = {
  histories: [
    {
      path: 'components',
      operationId: 'componentHistory',
      what: 'a component',
      description: 'A component that was deleted has its history still. 404 where the log has nothing on that xname.',
    },
  ],
  resource: { ...crayResource, idOf: xnameOf },
  beside: { reservationId: 'ReservationID' },
  holders: crayHolderFilters,
  pastFilters: Object.keys(selectionFields),
  showHolders,
  showPast,
  document: crayTexts,
};

async function showHolders({ context: { dependencies }, query, request, reply }: AuditAsked) {
  const vocabulary = vocabularyIn(dependencies.settings);
  const role = query.text('role');
  if (role !== undefined && vocabulary.spelling('Role', role) === undefined) throw bad('role', 'must be a known role');
  const group = query.text('group');
  const actor = query.text('actor');
  const kind = query.word('kind', ['lock', 'reservation']);
  const age = query.age('age');
  const after = query.cursor('holders', isName) as string | undefined;
  const wanted = {
    ...(role === undefined ? {} : { role }),
    ...(group === undefined ? {} : { group }),
    ...(actor === undefined ? {} : { actor }),
    ...(kind === undefined ? {} : { kind }),
    ...(age === undefined ? {} : { sinceMax: dependencies.runtime.now() - age }),
    ...(after === undefined ? {} : { after }),
    limit: query.limit(),
  };
  const page = await read(
    dependencies,
    asking(request),
    () => askedOf(dependencies.audit, request).modules.cray.holders(wanted),
    ({ rows }) => earliest(rows.map(({ reservation }) => reservation?.expiresAt ?? null)),
    sayingPastExpiry(reply),
  );
  return { Holders: page.rows.map(shownHolder), Next: cursorOf('holders', page.next) };
}

export function shownHolder({ xname, lock, reservation }: Holder) {
  return {
    ID: xname,
    Lock: lock && { Text: lockText(lock), FencingToken: lock.token, ...shownSince(lock.since), ...shownBy(lock.by) },
    Reservation: reservation && {
      Text: reservationText(reservation),
      ReservationID: reservation.reservationId,
      Kind: reservation.kind,
      FencingToken: reservation.token,
      ...shownSince(reservation.since),
      ...(reservation.expiresAt === null ? {} : { ExpirationTime: instant(reservation.expiresAt) }),
      ...shownBy(reservation.by),
    },
  };
}

function shownSince(since: number | null) {
  return since === null ? {} : { Since: instant(since) };
}

/** `locked since 2026-01-31T12:00:00Z by alice: keep out`. */
function lockText({ since, by }: HeldBy): string {
  return `locked${sinceText(since)}${by === null ? '' : byAndWhy(by)}`;
}

function reservationText({ since, by, kind, expiresAt }: NonNullable<Holder['reservation']>): string {
  const admin = kind === 'admin' ? ' as an administrator' : '';
  const end = expiresAt === null ? ' without an end' : ` until ${time(expiresAt)}`;
  return `reserved${admin}${sinceText(since)}${end}${by === null ? '' : byAndWhy(by)}`;
}

async function showPast({ context: { dependencies }, query, request, reply }: AuditAsked, moment: LogMoment) {
  const vocabulary = vocabularyIn(dependencies.settings);
  const selection = selectionIn(query, vocabulary);
  // Only where the log may not yet say that a lease ended before then.
  const until = 'time' in moment ? moment.time : Number.NEGATIVE_INFINITY;
  const found = await read(
    dependencies,
    asking(request),
    async () => {
      const audit = askedOf(dependencies.audit, request);
      await requireMoment(moment, audit, dependencies.runtime.now());
      return audit.modules.cray.past(selection, moment);
    },
    ({ components }) => {
      const expiries = components.map(({ reservation }) => reservation?.expiresAt ?? null);
      return earliest(expiries.filter((at) => at !== null && at <= until));
    },
    sayingPastExpiry(reply),
  );
  reply.header('holdfast-sequence', found.sequence);
  if (found.time !== null) reply.header('holdfast-time', instant(found.time));
  return (await inTurns(statusAnswer(published, found, null))).body;
}

/** As the body of a status query selects. Throws ApiError, which names the parameter. */
function selectionIn(query: Parameters, vocabulary: Vocabulary): Selection {
  const body: SelectionBody = {};
  for (const [name, field] of Object.entries(selectionFields)) {
    const values = query.texts(name);
    if (values === undefined) continue;
    try {
      atOnce(selectionOf({ [field]: values }, vocabulary, []));
    } catch (error) {
      throw error instanceof ApiError ? bad(name, `is not valid: ${error.message}`) : error;
    }
    body[field] = values;
  }
  return atOnce(selectionOf(body, vocabulary, []));
}

function xnameOf(parameter: string, text: string): string {
  const parsed = parseXname(text);
  if (parsed === null) throw bad(parameter, 'is not a valid xname, such as x3000c0s1b0n0');
  return parsed.xname;
}
