import { xnameOrder } from '@holdfast/events/cray/xname';
import { inTurns } from '@holdfast/log/turn';
import type { Queryable } from '../database.js';
import type { Tables } from '../family.js';
import { jsonRows } from '../json-rows.js';
import { rowsIn } from '../moment.js';
import type { DecisionRow } from '../requests/project.js';
import type { PlacedState } from './placed.js';
import type { HistoryRow, States } from './project.js';
import type { ComponentState, ResourceKind } from './state.js';

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
    `INSERT INTO ${schema}.history (${historyColumns})
      SELECT $1, sequence, xname, type, reservation_id, data::json, put, locked, disabled, held::json, state::json
      FROM json_to_recordset($2::json) AS new(sequence bigint, xname text, type text, reservation_id text, data text,
        put bigint, locked bigint, disabled bigint, held text, state text)
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

/** A resource, by kind and id. */
export type Known = readonly [kind: ResourceKind, id: string];

export async function insertKnown(at: Queryable, { schema, shard }: Tables, known: readonly Known[]): Promise<void> {
  const row = ([kind, id]: Known) => ({ kind, id, ord: kind === 'component' ? xnameOrder(id) : id });
  await at.query(
    `INSERT INTO ${schema}.known_resource (shard, kind, id, ord)
      SELECT $1, kind, id, ord FROM json_to_recordset($2::json) AS new(kind text, id text, ord text) ON CONFLICT DO NOTHING`,
    [shard, await jsonRows(known, row)],
  );
}

export const historyColumns = 'shard, sequence, xname, type, reservation_id, data, put, locked, disabled, held, state';

/** Rows in the text format of COPY. */
export function historyText(shard: string, rows: readonly HistoryRow[]): string {
  const before = copyText(shard);
  let text = '';
  for (const { sequence, xname, type, reservation_id, data, put, locked, disabled, held, state } of rows) {
    const event = `${sequence}\t${copyText(xname)}\t${type}\t${copyText(reservation_id)}\t${copyText(data)}`;
    const component = `${put ?? none}\t${locked ?? none}\t${disabled ?? none}\t${copyText(held)}`;
    text += `${before}\t${event}\t${component}\t${copyText(state)}\n`;
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

/** Adds to `states` those of these resources before `sequence`, but for what was not known. */
export async function statesBefore(
  at: Queryable,
  { schema, shard }: Tables,
  resources: readonly string[],
  sequence: number,
  states: States,
): Promise<void> {
  type Tuple = [
    id: string,
    put: number | null,
    locked: number | null,
    disabled: number | null,
    held: ComponentState['held'],
    state: PlacedState | null,
  ];
  const [found] = await at.query<{ states: string | null }>(
    `SELECT string_agg(json_build_array(asked.id, h.put, h.locked, h.disabled, h.held, h.state)::text, E'\\n') AS states
      FROM json_array_elements_text($2::json) AS asked(id)
      CROSS JOIN LATERAL (SELECT * FROM ${schema}.history h
        WHERE h.xname = asked.id AND h.shard = $1 AND -h.sequence > -($3::bigint) ORDER BY -h.sequence LIMIT 1) h
      WHERE h.put IS NOT NULL OR h.state IS NOT NULL`,
    [shard, await jsonRows(resources), sequence],
  );
  const take = ([id, put, locked, disabled, held, state]: Tuple) => {
    if (put !== null) states.components.set(id, { put, locked, disabled, held });
    if (state !== null) states.placed.set(id, state);
  };
  await inTurns(rowsIn(found!.states ?? '', take));
}
