import { inTurns } from '@holdfast/log/turn';
import type { Queryable } from '../database.js';
import { domain, ownInOrder } from '../domain.js';
import { jsonRows } from '../json-rows.js';
import { rowsIn } from '../moment.js';
import type { Tables } from '../projection-group.js';
import type { DecisionRow } from '../requests/project.js';
import type { HistoryRow, States } from './project.js';

/*
 * Rows go in as one JSON text, as those of status do. Rows of the log never change, so one that is there already is
 * left as it is: what was written ahead of a transaction that then failed is written again.
 */

export async function insertHistory(
  at: Queryable,
  { schema, shard }: Tables,
  rows: readonly HistoryRow[],
): Promise<void> {
  await at.query(
    `INSERT INTO ${schema}.recorded_event (${historyColumns})
      SELECT $1, '${domain}', sequence, resource, type, data::json, state::json
      FROM json_to_recordset($2::json) AS new(sequence bigint, resource text, type text, data text, state text)
      ON CONFLICT DO NOTHING`,
    [shard, await jsonRows(rows)],
  );
}

export async function insertDecisions(
  at: Queryable,
  { schema, shard }: Tables,
  rows: readonly DecisionRow[],
): Promise<void> {
  await at.query(
    `INSERT INTO ${schema}.decision (shard, sequence, first, time, command_id, actor, caller, asked, status, outcome)
      SELECT $1, sequence, first, time, command_id, actor, caller, asked, status, outcome::json
      FROM json_to_recordset($2::json) AS new(sequence bigint, first bigint, time bigint, command_id text, actor text,
        caller text, asked boolean, status text, outcome text)
      ON CONFLICT DO NOTHING`,
    [shard, await jsonRows(rows)],
  );
}

/** A resource. */
export interface Known {
  kind: string;
  id: string;
  /** See AuditPart.order. */
  ord: string;
}

export async function insertKnown(at: Queryable, { schema, shard }: Tables, known: readonly Known[]): Promise<void> {
  await at.query(
    `INSERT INTO ${schema}.known_resource (shard, domain, kind, id, ord)
      SELECT $1, '${domain}', kind, id, ord FROM json_to_recordset($2::json) AS new(kind text, id text, ord text)
      ON CONFLICT DO NOTHING`,
    [shard, await jsonRows(known)],
  );
}

export const historyColumns = 'shard, domain, sequence, resource, type, data, state';

/** Rows in the text format of COPY. */
export function historyText(shard: string, rows: readonly HistoryRow[]): string {
  const before = `${copyText(shard)}\t${domain}`;
  let text = '';
  for (const { sequence, resource, type, data, state } of rows) {
    text += `${before}\t${sequence}\t${copyText(resource)}\t${type}\t${copyText(data)}\t${copyText(state)}\n`;
  }
  return text;
}

export const decisionColumns = 'shard, sequence, first, time, command_id, actor, caller, asked, status, outcome';

/** See historyText. */
export function decisionText(shard: string, rows: readonly DecisionRow[]): string {
  const before = copyText(shard);
  let text = '';
  for (const { sequence, first, time, command_id, actor, caller, asked, status, outcome } of rows) {
    const who = `${copyText(command_id)}\t${copyText(actor)}\t${copyText(caller)}\t${asked}`;
    text += `${before}\t${sequence}\t${first}\t${time}\t${who}\t${status}\t${copyText(outcome)}\n`;
  }
  return text;
}

const none = '\\N';
const special = /[\\\t\n\r]/;
const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copyText(text: string | undefined): string {
  if (text === undefined) return none;
  return special.test(text) ? text.replace(/[\\\t\n\r]/g, (found) => escapes[found]!) : text;
}

/** Adds to `states` those of these resources of a module before `sequence`, but for what was not known. */
export async function statesBefore(
  at: Queryable,
  { schema, shard }: Tables,
  { module, ids, sequence }: { module: string; ids: readonly string[]; sequence: number },
  states: States,
): Promise<void> {
  if (ids.length === 0) return;
  const [found] = await at.query<{ states: string | null }>(
    `SELECT string_agg(json_build_array(asked.id, h.state)::text, E'\\n') AS states
      FROM json_array_elements_text($2::json) AS asked(id)
      CROSS JOIN LATERAL (SELECT * FROM ${schema}.recorded_event h
        WHERE h.resource = asked.id AND ${ownInOrder('h')} AND starts_with(h.type, '${module}.')
          AND -h.sequence > -($3::bigint)
        ORDER BY -h.sequence LIMIT 1) h
      WHERE h.state IS NOT NULL`,
    [shard, await jsonRows(ids), sequence],
  );
  const known = states.of(module);
  const take = ([id, state]: [id: string, state: unknown]) => void known.set(id, state);
  await inTurns(rowsIn(found!.states ?? '', take));
}
