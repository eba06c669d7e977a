import type {
  CollectionChanged,
  CollectionDeleted,
  CollectionKind,
  CollectionPut,
  ComponentProperties,
  Criterion,
  Selection,
} from '@holdfast/events/cray/messages';
import type { PastMoment } from '../audit-port.js';
import type { Queryable } from '../database.js';
import { ownInOrder } from '../domain.js';
import { askPast, lastThen, type PastTuple } from '../history/past.js';
import type { ReadAnswer } from '../moment.js';
import type { PastStatus, PastStatusRow } from './port.js';
import { type Memberships, matches, onCollections, onProperties } from './selection.js';
import { type ComponentState, putOf } from './state.js';

/** With what was put, where that is looked at. */
type ComponentTuple = PastTuple<ComponentState, [put?: { properties: ComponentProperties }]>;

type CollectionEvent =
  | ['cray.CollectionPut', Pick<CollectionPut, 'kind' | 'name' | 'members'>]
  | ['cray.CollectionChanged', Omit<CollectionChanged, 'type'>]
  | ['cray.CollectionDeleted', Omit<CollectionDeleted, 'type'>];

interface Once {
  /** Their events up to then, in order; none where nobody asks for them. */
  collections: CollectionEvent[];
  /** The last TimeShifted up to then, in order. */
  shifts: Shift[];
}

type Shift = [sequence: number, byMs: number];

/** More than there can be while a lease lasts: each needs a tick. */
const shiftsMax = 10_000;

const collections = `SELECT coalesce(json_agg(json_build_array(h.type, h.data) ORDER BY h.sequence), '[]')
  FROM holdfast.recorded_event h WHERE ${ownInOrder('h')} AND h.resource IS NULL AND h.sequence <= ${lastThen}
    AND h.type IN ('cray.CollectionPut', 'cray.CollectionChanged', 'cray.CollectionDeleted')`;

const shifts = `SELECT coalesce(json_agg(json_build_array(h.sequence, h.by) ORDER BY h.sequence), '[]')
  FROM (SELECT h.sequence, (h.data ->> 'byMs')::bigint AS by FROM holdfast.recorded_event h
    WHERE ${ownInOrder('h')} AND h.type = 'engine.TimeShifted' AND h.sequence <= ${lastThen}
    ORDER BY h.sequence DESC LIMIT ${shiftsMax}) h`;

/** Taken apart by the reader: no operator of Postgres reads a text with U+0000 in it. */
const put = `(SELECT p.data FROM holdfast.recorded_event p WHERE p.sequence = ${putOf('h')} AND p.shard = $1)`;

/** See CrayAudit.past. */
export async function queryStatusAt(
  database: Queryable,
  shard: string,
  { ids, criteria }: Selection,
  moment: PastMoment,
): Promise<ReadAnswer<PastStatus>> {
  const looksAt = (fields: (criterion: Criterion) => boolean) => criteria.some(fields);
  const query = {
    module: 'cray',
    ids: ids.length === 0 ? null : ids,
    kinds: ['component'],
    moment,
    more: looksAt(onProperties) ? [put] : [],
    once: { collections: looksAt(onCollections) ? collections : `SELECT '[]'::json`, shifts },
  };
  const answer: PastStatus = { sequence: 0, time: null, components: [], notFound: [] };
  let memberships: Memberships = () => [];
  let movedSince: MovedSince = () => 0;
  const begin = ({ collections, shifts, sequence, time }: Once & Pick<PastStatus, 'sequence' | 'time'>) => {
    Object.assign(answer, { sequence, time });
    memberships = membershipsOf(collections);
    movedSince = movedBy(shifts);
  };
  const read = await askPast<Once, ComponentTuple>(database, shard, query, begin, ([xname, , state, put]) => {
    if (state === null) {
      answer.notFound.push(xname);
      return;
    }
    const row = statusRow(xname, state, movedSince);
    if (criteria.length > 0) {
      const filterable = { ...row, properties: put?.properties as ComponentProperties };
      if (!criteria.every((criterion) => matches(filterable, criterion, memberships))) return;
    }
    answer.components.push(row);
  });
  return { answer, read };
}

function membershipsOf(events: readonly CollectionEvent[]): Memberships {
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
type MovedSince = (sequence: number) => number;

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
      if (sequence <= since) break;
      moved = sum;
    }
    return moved;
  };
}

function statusRow(xname: string, [, lock, disable, held]: ComponentState, movedSince: MovedSince): PastStatusRow {
  const [locked, disabled] = [lock !== null, disable !== null];
  if (held === null) return { xname, locked, disabled, reservation: null };
  const [reservationId, kind, createdAt, set, since] = held;
  const expiresAt = set === null ? null : set + movedSince(since);
  return { xname, locked, disabled, reservation: { reservationId, kind, createdAt, expiresAt } };
}
