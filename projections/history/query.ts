import { shownDetail } from '@holdfast/events/shown';
import type { EventEntry, HistoryEntry, HistoryPage, HistoryQuery } from '../audit-port.js';
import type { Queryable } from '../database.js';
import { ownInOrder } from '../domain.js';
import { ask, type ReadAnswer } from '../moment.js';
import { type DecisionTuple, decisionOf, decisionTuple } from '../requests/decision.js';
import { decisionOfModules, typeOfModules } from '../requests/modules.js';
import { spanBounds } from '../requests/span.js';
import { storable } from '../text.js';
import { bindings } from '../values.js';

export type HistoryTuple = [sequence: number, type: string, data: object | null, DecisionTuple];

/** See AuditModel.history. An event's decision is the first at or after it. */
export async function queryHistory(
  database: Queryable,
  shard: string,
  { resource, module, types, after, before, limit, modules, ...span }: HistoryQuery,
): Promise<ReadAnswer<HistoryPage>> {
  const { values, value } = bindings();
  // Negated as in the index: see the migration.
  const bounds = [
    `h.resource = ${value(storable(resource))} AND ${ownInOrder('h')}`,
    ...(after === undefined ? [] : [`-h.sequence < -(${value(after)}::bigint)`]),
    ...(before === undefined ? [] : [`-h.sequence > -(${value(before)}::bigint)`]),
    ...(module === undefined ? [] : [typeOfModules('h.type', [module], value)]),
    ...(types === undefined ? [] : [`h.type IN (${types.map(value).join(', ')})`]),
    ...(modules === undefined ? [] : [typeOfModules('h.type', modules, value)]),
    // Time that passed in a command of another module is there for all to see, and who asked for that is not.
    ...(modules === undefined || span.actor === undefined ? [] : [decisionOfModules(modules, value)]),
    ...spanBounds(span, value),
  ];
  const row = `json_build_array(h.sequence, h.type, h.data, ${decisionTuple('d')})`;
  const sql = `SELECT coalesce(json_agg(page.row ORDER BY page.sequence DESC), '[]') FROM (
    SELECT h.sequence, ${row} AS row FROM holdfast.recorded_event h
    CROSS JOIN LATERAL (SELECT * FROM holdfast.decision d
      WHERE d.shard = $1 AND d.sequence > h.sequence ORDER BY d.sequence LIMIT 1) d
    WHERE ${bounds.join(' AND ')} ORDER BY -h.sequence LIMIT ${value(limit + 1)}::bigint) page`;
  const { answer, read } = await ask<HistoryTuple[]>(database, shard, sql, values);
  const rows = answer.slice(0, limit).map((tuple) => historyEntry(resource, tuple));
  return { answer: { rows, next: answer.length > limit ? rows.at(-1)!.sequence : null }, read };
}

function historyEntry(resource: string, tuple: HistoryTuple): HistoryEntry {
  return { ...eventEntry(tuple), resource };
}

/** With what its type's list shows, and nothing else: a row may hold what this version knows nothing of. */
export function eventEntry([sequence, type, data, tuple]: HistoryTuple): Omit<EventEntry, 'resource'> {
  return { sequence, time: tuple[3], type, detail: shownDetail(type, data ?? {}), decision: decisionOf(tuple) };
}
