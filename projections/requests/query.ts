import type { Event, OutcomeEvent } from '@holdfast/events';
import type { RequestEntry, RequestPage, RequestsQuery } from '../audit-port.js';
import type { Queryable } from '../database.js';
import { moduleOfType } from '../every-module.js';
import { ask, askRows, inLines, type ReadAnswer } from '../moment.js';
import type { RequestRow } from '../port.js';
import { storable } from '../text.js';
import { bindings } from '../values.js';
import { type DecisionTuple, decisionOf, decisionTuple } from './decision.js';
import { decisionOfModules } from './modules.js';
import { spanBounds } from './span.js';

interface Answered {
  commandId: string;
  actor: string;
  sequence: number;
  decidedAt: number;
  outcome: OutcomeEvent;
}

type RequestEventTuple = [type: string, resource: string | null, data: object | null];

/** See ReadModel.request: the last one of that id to answer from, as an id may be used again once it was forgotten. */
export async function queryRequest(
  database: Queryable,
  shard: string,
  commandId: string,
): Promise<ReadAnswer<RequestRow | null>> {
  const event = 'json_build_array(h.type, h.resource, h.data)';
  const events = `SELECT E'\\n' || ${inLines(event, 'h.sequence')} FROM holdfast.recorded_event h
    WHERE h.shard = $1 AND h.sequence >= d.first AND h.sequence < d.sequence`;
  // The decision is the first line, and its events are the others.
  const sql = `SELECT json_build_object('commandId', d.command_id, 'actor', d.actor, 'sequence', d.sequence,
      'decidedAt', d.time, 'outcome', d.outcome)::text || coalesce((${events}), '')
    FROM holdfast.decision d
    WHERE d.shard = $1 AND d.command_id = $2 AND d.asked AND d.status NOT IN ('conflict', 'repeated')
    ORDER BY -d.sequence LIMIT 1`;
  let answered: Answered | null = null as Answered | null;
  const found: Event[] = [];
  const read = await askRows<Answered | RequestEventTuple>(database, shard, sql, [storable(commandId)], (row) => {
    if (Array.isArray(row)) found.push(eventOf(row));
    else answered = row;
  });
  if (answered === null) return { answer: null, read };
  const { outcome, ...decision } = answered;
  found.push(outcome);
  return { answer: { ...decision, events: found }, read };
}

function eventOf([type, resource, data]: RequestEventTuple): Event {
  const idField = moduleOfType(type)?.audit.idField ?? null;
  return { type, ...(resource === null || idField === null ? {} : { [idField]: resource }), ...data } as Event;
}

/** See AuditModel.requests. */
export async function queryRequests(
  database: Queryable,
  shard: string,
  { status, after, before, limit, modules, ...span }: RequestsQuery,
): Promise<ReadAnswer<RequestPage>> {
  const { values, value } = bindings();
  const bounds = [
    'd.shard = $1 AND d.asked',
    ...spanBounds(span, value),
    ...(modules === undefined ? [] : [decisionOfModules(modules, value)]),
    ...(status === undefined ? [] : [`d.status = ${value(status)}`]),
    ...(after === undefined ? [] : [`d.sequence > ${value(after)}::bigint`]),
    ...(before === undefined ? [] : [`d.sequence < ${value(before)}::bigint`]),
  ];
  // One more than asked for tells whether there are more.
  const sql = `SELECT coalesce(json_agg(${decisionTuple('d')} ORDER BY d.sequence DESC), '[]')
    FROM (SELECT * FROM holdfast.decision d WHERE ${bounds.join(' AND ')}
      ORDER BY d.sequence DESC LIMIT ${value(limit + 1)}::bigint) d`;
  const { answer, read } = await ask<DecisionTuple[]>(database, shard, sql, values);
  const rows = answer.slice(0, limit).map(requestEntry);
  return { answer: { rows, next: answer.length > limit ? rows.at(-1)!.sequence : null }, read };
}

function requestEntry(tuple: DecisionTuple): RequestEntry {
  const [, , , time, outcome] = tuple;
  const originalSequence = outcome.type === 'engine.Repeated' ? outcome.originalSequence : null;
  return { ...decisionOf(tuple), time, originalSequence };
}
