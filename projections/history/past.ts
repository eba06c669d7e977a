import type { PastMoment } from '../audit-port.js';
import type { Queryable } from '../database.js';
import { own, ownInOrder } from '../domain.js';
import { askRows, inLines, type Reads } from '../moment.js';
import { storable } from '../text.js';
import { bindings } from '../values.js';

/** What is asked of the resources of one module. */
export interface PastQuery {
  module: string;
  /** Null: all of these kinds that were there then, in their order. */
  ids: readonly string[] | null;
  kinds: readonly string[];
  moment: PastMoment;
  /** SQL of what is told of each besides its state; `h` is the row of history that has this. */
  more?: readonly string[];
  /** SQL of what is told once, by name. */
  once?: Readonly<Record<string, string>>;
}

/**
 * The kind is null where an id was asked for, whatever it is of, or where there is but one. The state is null where
 * there was none: of an id that was asked for.
 */
export type PastTuple<State, More extends unknown[] = []> = [
  id: string,
  kind: string | null,
  state: State | null,
  ...more: More,
];

/** The last decision that counts: 0 and null where there is none. */
export interface CountedMoment {
  sequence: number;
  /** Its log time, milliseconds since 1970. */
  time: number | null;
}

/** SQL of the last sequence that counts, in what a PastQuery gives. */
export const lastThen = '(SELECT sequence FROM moment)';

/**
 * Asks for resources as they were: a look into the index of history for each. `begin` is given what is told once,
 * before `take` is given each of them; resolves with how far the rows are.
 */
export async function askPast<Once, Tuple extends PastTuple<unknown, unknown[]>>(
  database: Queryable,
  shard: string,
  query: PastQuery,
  begin: (once: Once & CountedMoment) => void,
  take: (tuple: Tuple) => void,
): Promise<Reads> {
  const { module, ids, kinds, moment, more = [], once = {} } = query;
  const { values, value } = bindings();
  const from = momentOf(moment, value('sequence' in moment ? moment.sequence : moment.time));
  const [asked, only, kind] =
    ids === null
      ? [known(kinds), 'WHERE h.state IS NOT NULL', kinds.length > 1 ? 'asked.kind' : 'NULL']
      : [`json_array_elements_text(${value(JSON.stringify(ids.map(storable)))}::json) WITH ORDINALITY`, '', 'NULL'];
  const tuple = `json_build_array(${['asked.id', kind, 'h.state', ...more].join(', ')})`;
  const named = ids === null ? 'asked' : 'asked(id, place)';
  const resources = `SELECT E'\\n' || ${inLines(tuple, 'asked.place')} FROM ${asked} AS ${named}
    LEFT JOIN LATERAL (SELECT * FROM holdfast.recorded_event h
      WHERE h.resource = asked.id AND ${ownInOrder('h')} AND starts_with(h.type, '${module}.')
        AND -h.sequence >= -${lastThen}
      ORDER BY -h.sequence LIMIT 1) h ON true ${only}`;
  const told = Object.entries(once).map(([name, sql]) => `, '${name}', (${sql})`);
  // What is told once is the first line, and each resource one after it.
  const sql = `WITH ${from}
    SELECT json_build_object('moment', (SELECT json_build_array(sequence, time) FROM moment)${told.join('')})::text
      || coalesce((${resources}), '')`;
  type First = Once & { moment: [sequence: number, time: number] | null };
  return askRows<First | Tuple>(database, shard, sql, values, (row) => {
    if (Array.isArray(row)) return take(row as Tuple);
    const first = row as First;
    begin({ ...first, sequence: first.moment?.[0] ?? 0, time: first.moment?.[1] ?? null });
  });
}

function known(kinds: readonly string[]): string {
  const list = kinds.map((kind) => `'${kind}'`).join(', ');
  return `(SELECT k.id, k.kind, k.ord AS place FROM holdfast.known_resource k
    WHERE ${own('k')} AND k.kind IN (${list}))`;
}

/** SQL of `moment`, the last decision that counts; `place` names that of what was asked for. */
function momentOf(moment: PastMoment, place: string): string {
  const last =
    'sequence' in moment
      ? `d.sequence <= ${place}::bigint ORDER BY d.sequence DESC`
      : `d.time <= ${place}::bigint ORDER BY d.time DESC, d.sequence DESC`;
  return `moment AS MATERIALIZED (SELECT d.sequence, d.time FROM holdfast.decision d
    WHERE d.shard = $1 AND ${last} LIMIT 1)`;
}
