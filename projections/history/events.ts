import type { EventEntry, EventPage, EventsQuery } from '../audit-port.js';
import type { Queryable } from '../database.js';
import { ownInOrder } from '../domain.js';
import { ask, type ReadAnswer } from '../moment.js';
import { type DecisionTuple, decisionTuple } from '../requests/decision.js';
import { decisionOfModules, typeOfModules } from '../requests/modules.js';
import { storable } from '../text.js';
import { bindings } from '../values.js';
import { eventEntry, type HistoryTuple } from './query.js';

type EventTuple = [resource: string | null, ...event: HistoryTuple];

/** See AuditModel.events. An outcome is in `decision`, and every other event in `recorded_event`. */
export async function queryEvents(
  database: Queryable,
  shard: string,
  { after, until, resource, modules, limit }: EventsQuery,
): Promise<ReadAnswer<EventPage>> {
  const { values, value } = bindings();
  const from = `${value(after)}::bigint`;
  const rows = `${value(limit)}::bigint`;
  const ended = until === undefined ? '' : `AND d.sequence <= ${value(until)}::bigint`;
  // Rows of a group may be there before it is: see auditWriter.
  const last = '(SELECT sequence FROM last)';
  const bounds = (table: string) =>
    `${table}.shard = $1 AND ${table}.sequence > ${from} AND ${table}.sequence <= ${last}`;
  const row = `json_build_array(h.resource, h.sequence, h.type, h.data, ${decisionTuple('d')})`;
  const event = `SELECT h.sequence, ${row} AS row
    FROM holdfast.recorded_event h CROSS JOIN LATERAL (SELECT * FROM holdfast.decision d
      WHERE d.shard = $1 AND d.sequence > h.sequence ORDER BY d.sequence LIMIT 1) d`;
  const ofEvent = modules === undefined ? '' : `AND ${typeOfModules('h.type', modules, value)}`;
  // A value that no text of the query names is an error.
  const ofOutcome = modules === undefined || resource !== undefined ? '' : `AND ${decisionOfModules(modules, value)}`;
  const outcome = `json_build_array(NULL, d.sequence, NULL, NULL, ${decisionTuple('d')})`;
  const found =
    resource === undefined
      ? `(${event} WHERE ${bounds('h')} ${ofEvent} ORDER BY h.sequence LIMIT ${rows})
        UNION ALL (SELECT d.sequence, ${outcome} AS row FROM holdfast.decision d
          WHERE ${bounds('d')} ${ofOutcome} ORDER BY d.sequence LIMIT ${rows})`
      : `${event} WHERE h.resource = ${value(storable(resource))} AND ${ownInOrder('h')}
            AND -h.sequence < -(${from}) AND -h.sequence >= -${last} ${ofEvent}
          ORDER BY -h.sequence DESC LIMIT ${rows}`;
  const sql = `WITH last AS MATERIALIZED
      (SELECT coalesce(max(d.sequence), 0) AS sequence FROM holdfast.decision d WHERE d.shard = $1 ${ended})
    SELECT json_build_object('last', ${last}, 'rows',
      (SELECT coalesce(json_agg(page.row ORDER BY page.sequence), '[]')
        FROM (SELECT * FROM (${found}) found ORDER BY sequence LIMIT ${rows}) page))`;
  interface Found {
    last: number;
    rows: EventTuple[];
  }
  const { answer, read } = await ask<Found>(database, shard, sql, values);
  const entries = answer.rows.map(entryOf);
  const through = entries.length < limit ? Math.max(answer.last, after) : entries.at(-1)!.sequence;
  return { answer: { rows: entries, through, last: answer.last }, read };
}

function entryOf([resource, ...event]: EventTuple): EventEntry {
  const [, type, , decision] = event;
  return type === null ? outcomeEntry(decision) : { ...eventEntry(event), resource };
}

/** What it says of the request is in the decision. */
function outcomeEntry(tuple: DecisionTuple): EventEntry {
  const [sequence, , , , outcome] = tuple;
  const { type, origin: _, ...detail } = outcome;
  return { ...eventEntry([sequence, type, detail, tuple]), resource: null };
}
