import type { CollectionChanged, CollectionDeleted, CollectionKind, CollectionPut, ComponentProperties, Criterion, Selection } from '@holdfast/events/cray/messages';
import { shownDetail } from '@holdfast/events/shown';
import type {
  EventEntry,
  HistoryEntry,
  HistoryPage,
  HistoryQuery,
  PastMoment,
  PastStatus,
  PastStatusRow,
} from '../audit-port.js';
import type { Queryable } from '../database.js';
import { ask, askRows, inLines, type Moment } from '../moment.js';
import { type DecisionTuple, decisionOf, decisionTuple } from '../requests/decision.js';
import { decisionOfModules, typeOfModules } from '../requests/modules.js';
import { spanBounds } from '../requests/span.js';
import { type Memberships, matches, onCollections, onProperties } from '../selection.js';
import { storable } from '../text.js';
import { bindings } from '../values.js';
import type { Held } from './state.js';

export type HistoryTuple = [
  sequence: number,
  type: string,
  reservationId: string | null,
  data: object | null,
  DecisionTuple,
];

/** See AuditModel.history. An event's decision is the first at or after it. */
export async function queryHistory(
  database: Queryable,
  shard: string,
  { resource, types, after, before, limit, modules, ...span }: HistoryQuery,
): Promise<Moment<HistoryPage>> {
  const { values, value } = bindings();
  // Negated as in the index: see the migration.
  const bounds = [
    `h.xname = ${value(storable(resource))} AND h.shard = $1`,
    ...(after === undefined ? [] : [`-h.sequence < -(${value(after)}::bigint)`]),
    ...(before === undefined ? [] : [`-h.sequence > -(${value(before)}::bigint)`]),
    ...(types === undefined ? [] : [`h.type IN (${types.map(value).join(', ')})`]),
    ...(modules === undefined ? [] : [typeOfModules('h.type', modules, value)]),
    // Time that passed in a command of another module is there for all to see, and who asked for that is not.
    ...(modules === undefined || span.actor === undefined ? [] : [decisionOfModules(modules, value)]),
    ...spanBounds(span, value),
  ];
  const row = `json_build_array(h.sequence, h.type, h.reservation_id, h.data, ${decisionTuple('d')})`;
  const sql = `SELECT coalesce(json_agg(page.row ORDER BY page.sequence DESC), '[]') FROM (
    SELECT h.sequence, ${row} AS row FROM holdfast.history h
    CROSS JOIN LATERAL (SELECT * FROM holdfast.decision d
      WHERE d.shard = $1 AND d.sequence > h.sequence ORDER BY d.sequence LIMIT 1) d
    WHERE ${bounds.join(' AND ')} ORDER BY -h.sequence LIMIT ${value(limit + 1)}::bigint) page`;
  const { answer, read } = await ask<HistoryTuple[]>(database, shard, sql, values);
  const rows = answer.slice(0, limit).map((tuple) => historyEntry(resource, tuple));
  return { answer: { rows, next: answer.length > limit ? rows.at(-1)!.sequence : null }, read };
}

export function historyEntry(resource: string, tuple: HistoryTuple): HistoryEntry {
  return { ...eventEntry(tuple), resource };
}

/** With what its type's list shows, and nothing else: a row may hold what this version knows nothing of. */
export function eventEntry([sequence, type, id, data, tuple]: HistoryTuple): Omit<EventEntry, 'resource'> {
  const { reservationId, ...detail } = shownDetail(type, { ...data, reservationId: id });
  return {
    ...{ sequence, time: tuple[3], type, reservationId: (reservationId as typeof id | undefined) ?? null },
    ...{ detail, decision: decisionOf(tuple) },
  };
}

/** Of one component; what was put only where it is looked at. A text alone is an id that is not known. */
type PastTuple = [
  xname: string,
  locked: boolean,
  disabled: boolean,
  held: Held | null,
  put?: { properties: ComponentProperties },
];

type CollectionEvent =
  | ['cray.CollectionPut', Pick<CollectionPut, 'kind' | 'name' | 'members'>]
  | ['cray.CollectionChanged', Omit<CollectionChanged, 'type'>]
  | ['cray.CollectionDeleted', Omit<CollectionDeleted, 'type'>];

interface Past {
  moment: [sequence: number, time: number] | null;
  /** Their events up to then, in order. */
  collections: CollectionEvent[];
  /** The last TimeShifted up to then, in order. */
  shifts: Shift[];
}

type Shift = [sequence: number, byMs: number];

/** More than there can be while a lease lasts: each needs a tick. */
const shiftsMax = 10_000;

/** See AuditModel.statusAt. */
export async function queryStatusAt(
  database: Queryable,
  shard: string,
  { ids, criteria }: Selection,
  moment: PastMoment,
): Promise<Moment<PastStatus>> {
  const looksAt = (fields: (criterion: Criterion) => boolean) => criteria.some(fields);
  const [ofProperties, ofCollections] = [looksAt(onProperties), looksAt(onCollections)];
  const at = placeOf(moment);
  const then = '(SELECT sequence FROM moment)';
  const values: (string | number)[] = ids.length === 0 ? [at] : [at, JSON.stringify(ids)];
  const asked =
    ids.length === 0
      ? `(SELECT k.id AS xname, k.ord AS place FROM holdfast.known_resource k WHERE k.shard = $1 AND k.kind = 'component') asked`
      : 'json_array_elements_text($3::json) WITH ORDINALITY AS asked(xname, place)';
  // Taken apart by the reader: no operator of Postgres reads a text with U+0000 in it.
  const properties = ofProperties
    ? `, (SELECT p.data FROM holdfast.history p WHERE p.sequence = h.put AND p.shard = $1)`
    : '';
  const known = `json_build_array(asked.xname, h.locked IS NOT NULL, h.disabled IS NOT NULL, h.held${properties})`;
  const component = ids.length === 0 ? known : `CASE WHEN h.put IS NULL THEN to_json(asked.xname) ELSE ${known} END`;
  const components = `SELECT E'\\n' || ${inLines(component, 'asked.place')} FROM ${asked}
    LEFT JOIN LATERAL (SELECT * FROM holdfast.history h
      WHERE h.xname = asked.xname AND h.shard = $1 AND -h.sequence >= -${then} ORDER BY -h.sequence LIMIT 1) h ON true
    ${ids.length === 0 ? 'WHERE h.put IS NOT NULL' : ''}`;
  const collections = ofCollections
    ? `SELECT coalesce(json_agg(json_build_array(h.type, h.data) ORDER BY h.sequence), '[]') FROM holdfast.history h
        WHERE h.shard = $1 AND h.xname IS NULL AND h.sequence <= ${then}
          AND h.type IN ('cray.CollectionPut', 'cray.CollectionChanged', 'cray.CollectionDeleted')`
    : `SELECT '[]'::json`;
  const shifts = `SELECT coalesce(json_agg(json_build_array(h.sequence, (h.data ->> 'byMs')::bigint) ORDER BY h.sequence), '[]')
    FROM (SELECT h.sequence, h.data FROM holdfast.history h
      WHERE h.shard = $1 AND h.type = 'engine.TimeShifted' AND h.sequence <= ${then}
      ORDER BY h.sequence DESC LIMIT ${shiftsMax}) h`;
  // The first line, and then the components.
  const sql = `WITH ${momentOf(moment)}
    SELECT json_build_object('moment', (SELECT json_build_array(sequence, time) FROM moment),
      'collections', (${collections}), 'shifts', (${shifts}))::text || coalesce((${components}), '')`;
  const answer: PastStatus = { sequence: 0, time: null, components: [], notFound: [] };
  let memberships: Memberships = () => [];
  let movedSince: MovedSince = () => 0;
  const read = await askRows<Past | PastTuple | string>(database, shard, sql, values, (one) => {
    if (typeof one === 'string') answer.notFound.push(one);
    else if (Array.isArray(one)) {
      const row = statusRow(one, movedSince);
      const filterable = { ...row, properties: one[4]?.properties as ComponentProperties };
      if (criteria.every((criterion) => matches(filterable, criterion, memberships))) answer.components.push(row);
    } else {
      if (one.moment !== null) [answer.sequence, answer.time] = one.moment;
      memberships = membershipsOf(one.collections);
      movedSince = movedBy(one.shifts);
    }
  });
  return { answer, read };
}

export function placeOf(moment: PastMoment): number {
  return 'sequence' in moment ? moment.sequence : moment.time;
}

/** SQL of `moment`, the last decision that counts; `$2` is its place. */
export function momentOf(moment: PastMoment): string {
  const last =
    'sequence' in moment
      ? 'd.sequence <= $2::bigint ORDER BY d.sequence DESC'
      : 'd.time <= $2::bigint ORDER BY d.time DESC, d.sequence DESC';
  return `moment AS MATERIALIZED (SELECT d.sequence, d.time FROM holdfast.decision d WHERE d.shard = $1 AND ${last} LIMIT 1)`;
}

function membershipsOf(events: Past['collections']): Memberships {
  // By name in lower case: names of one kind differ by more than case.
  const collections = new Map<string, { kind: CollectionKind; name: string; members: Set<string> }>();
  for (const [type, data] of events) {
    const { kind, name } = data;
    const key = `${kind} ${name.toLowerCase()}`;
    if (type === 'cray.CollectionPut') collections.set(key, { kind, name, members: new Set(data.members) });
    else if (type === 'cray.CollectionDeleted') collections.delete(key);
    else {
      const members = collections.get(key)?.members;
      for (const xname of data.removed) members?.delete(xname);
      for (const xname of data.added) members?.add(xname);
    }
  }
  const names = new Map<string, string[]>();
  for (const { kind, name, members } of collections.values()) {
    for (const member of members) {
      const key = `${kind} ${member}`;
      names.set(key, [...(names.get(key) ?? []), name.toLowerCase()]);
    }
  }
  return (kind, xname) => names.get(`${kind} ${xname}`) ?? [];
}

/** By how much an expiry has moved that the event of a sequence set. */
type MovedSince = (sequence: number | null) => number;

function movedBy(shifts: readonly Shift[]): MovedSince {
  let total = 0;
  // What each and those behind it come to.
  const sums = shifts.toReversed().map(([sequence, byMs]) => {
    total += byMs;
    return [sequence, total] as const;
  });
  return (since) => {
    let moved = 0;
    for (const [sequence, sum] of sums) {
      if (sequence <= (since ?? 0)) break;
      moved = sum;
    }
    return moved;
  };
}

function statusRow([xname, locked, disabled, held]: PastTuple, movedSince: MovedSince): PastStatusRow {
  if (held === null) return { xname, locked, disabled, reservation: null };
  const [reservationId, kind, createdAt, set, since] = held;
  const expiresAt = set === null ? null : set + movedSince(since ?? null);
  return { xname, locked, disabled, reservation: { reservationId, kind, createdAt, expiresAt } };
}
