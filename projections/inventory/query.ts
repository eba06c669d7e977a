import type { CollectionKind } from '@holdfast/events';
import type { Queryable } from '../database.js';
import { askedXnames } from '../json-rows.js';
import { ask, askRows, inLines, type Moment } from '../moment.js';
import type { CollectionRow, InventoryRow } from '../port.js';

const inventoryRow = `json_build_object('xname', c.xname, 'properties', c.properties)`;

/** See ReadModel.components. */
export async function queryComponents(
  database: Queryable,
  shard: string,
  ids: string[] | null,
): Promise<Moment<InventoryRow[]>> {
  const sql =
    ids === null
      ? `SELECT ${inLines(inventoryRow, 'c.ord')} FROM holdfast.component c WHERE c.shard = $1`
      : `SELECT ${inLines(inventoryRow, 'asked.n')} FROM ${askedXnames('$2', '$3')} asked
          JOIN holdfast.component c ON c.shard = $1 AND c.xname = asked.xname`;
  const answer: InventoryRow[] = [];
  const values = ids === null ? [] : [JSON.stringify(ids), ids.length];
  const read = await askRows<InventoryRow>(database, shard, sql, values, (row) => answer.push(row));
  return { answer, read };
}

/** See ReadModel.collections. In the order of their names. */
export function queryCollections(
  database: Queryable,
  shard: string,
  kind: CollectionKind,
): Promise<Moment<CollectionRow[]>> {
  const members = `SELECT coalesce(json_agg(m.xname ORDER BY m.ordinal), '[]') FROM holdfast.collection_member m
    WHERE m.shard = g.shard AND m.kind = g.kind AND m.key = g.key`;
  const row = `json_build_object('name', g.name, 'description', g.description, 'members', (${members}))`;
  const sql = `SELECT coalesce(json_agg(${row} ORDER BY g.key), '[]') FROM holdfast.collection g
    WHERE g.shard = $1 AND g.kind = $2`;
  return ask(database, shard, sql, [kind]);
}
