import { xnameOrder } from '@holdfast/events/cray/xname';
import type { DecisionChange } from '../change.js';
import type { Database, Queryable } from '../database.js';
import type { Tables } from '../family.js';
import { callerOf, statusOf } from '../requests/project.js';
import type { HistoryRow, States } from './project.js';
import type { ComponentState } from './state.js';

/*
 * Rows go in as one JSON text, as those of status do. Rows of the log never change, so one that is there already is left as
 * it is: what was written ahead of a transaction that then failed is written again.
 */

export async function insertHistory(
  at: Queryable,
  { schema, shard }: Tables,
  rows: readonly HistoryRow[],
): Promise<void> {
  await at.query(
    `INSERT INTO ${schema}.history (shard, sequence, xname, type, reservation_id, data, put, locked, disabled, held)
      SELECT $1, sequence, xname, type, reservation_id, data::json, put, locked, disabled, held::json
      FROM json_to_recordset($2::json) AS new(sequence bigint, xname text, type text, reservation_id text, data text,
        put bigint, locked bigint, disabled bigint, held text)
      ON CONFLICT DO NOTHING`,
    [shard, JSON.stringify(rows)],
  );
}

export async function insertDecisions(
  at: Queryable,
  { schema, shard }: Tables,
  decisions: readonly DecisionChange[],
): Promise<void> {
  const rows = decisions.map(decisionRow);
  await at.query(
    `INSERT INTO ${schema}.decision (shard, sequence, first, time, command_id, actor, caller, asked, status, outcome)
      SELECT $1, sequence, first, time, command_id, actor, caller, asked, status, outcome::json
      FROM json_to_recordset($2::json) AS new(sequence bigint, first bigint, time bigint, command_id text, actor text,
        caller text, asked boolean, status text, outcome text)
      ON CONFLICT DO NOTHING`,
    [shard, JSON.stringify(rows)],
  );
}

export async function insertKnown(at: Queryable, { schema, shard }: Tables, xnames: readonly string[]): Promise<void> {
  const rows = xnames.map((xname) => ({ xname, ord: xnameOrder(xname) }));
  await at.query(
    `INSERT INTO ${schema}.known_resource (shard, kind, id, ord)
      SELECT $1, 'component', xname, ord FROM json_to_recordset($2::json) AS new(xname text, ord text) ON CONFLICT DO NOTHING`,
    [shard, JSON.stringify(rows)],
  );
}

/** As both inserts, into tables that are empty, where the database can. */
export async function copyAudit(
  copy: NonNullable<Database['copy']>,
  { schema, shard }: Tables,
  rows: readonly HistoryRow[],
  decisions: readonly DecisionChange[],
): Promise<void> {
  const history = rows.map((row) =>
    copyLine([
      shard,
      row.sequence,
      row.xname,
      row.type,
      row.reservation_id,
      row.data,
      row.put,
      row.locked,
      row.disabled,
      row.held,
    ]),
  );
  const columns = '(shard, sequence, xname, type, reservation_id, data, put, locked, disabled, held)';
  await copy(`${schema}.history ${columns}`, history.join(''));
  const decided = decisions.map((decision) => copyLine([shard, ...Object.values(decisionRow(decision))]));
  const first = decisions[0];
  if (first === undefined) return;
  await copy(`${schema}.decision (shard, ${Object.keys(decisionRow(first)).join(', ')})`, decided.join(''));
}

/** A row in the text format of COPY. */
function copyLine(values: readonly (string | number | boolean | undefined)[]): string {
  return `${values.map(copyText).join('\t')}\n`;
}

const special = /[\\\t\n\r]/;
const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copyText(value: string | number | boolean | undefined): string {
  if (value === undefined) return '\\N';
  const text = String(value);
  return special.test(text) ? text.replace(/[\\\t\n\r]/g, (found) => escapes[found]!) : text;
}

/** By the names of its columns. */
function decisionRow({ sequence, events, time, commandId, actor, asked, outcome }: DecisionChange) {
  return {
    sequence,
    first: sequence - events.length,
    time,
    command_id: commandId,
    actor,
    caller: callerOf(actor, outcome),
    asked,
    status: statusOf(outcome),
    outcome: JSON.stringify(outcome),
  };
}

/** The states of these components before `sequence`; those that were not known are left out. */
export async function statesBefore(
  at: Queryable,
  { schema, shard }: Tables,
  xnames: readonly string[],
  sequence: number,
): Promise<States> {
  type Tuple = [
    xname: string,
    put: number,
    locked: number | null,
    disabled: number | null,
    held: ComponentState['held'],
  ];
  const [row] = await at.query<{ states: string }>(
    `SELECT coalesce(json_agg(json_build_array(asked.xname, h.put, h.locked, h.disabled, h.held)), '[]')::text AS states
      FROM json_array_elements_text($2::json) AS asked(xname)
      CROSS JOIN LATERAL (SELECT * FROM ${schema}.history h
        WHERE h.xname = asked.xname AND h.shard = $1 AND -h.sequence > -($3::bigint) ORDER BY -h.sequence LIMIT 1) h
      WHERE h.put IS NOT NULL`,
    [shard, JSON.stringify(xnames), sequence],
  );
  const tuples = JSON.parse(row!.states) as Tuple[];
  return new Map(tuples.map(([xname, put, locked, disabled, held]) => [xname, { put, locked, disabled, held }]));
}
