import type { CollectionKind, Criterion } from '@holdfast/events/cray/messages';
import type { Queryable } from '../database.js';
import { own } from '../domain.js';
import { askedIds } from '../json-rows.js';
import { ask, askRows, inLines, type ReadAnswer } from '../moment.js';
import { bindings } from '../values.js';
import type { CollectionRow, InventoryRow, MembershipRow } from './port.js';
import { condition } from './selection-sql.js';

const inventoryRow = `json_build_object('xname', c.xname, 'properties', c.properties, 'locked', c.locked,
  'disabled', c.disabled)`;

const namesOf = (kind: CollectionKind) =>
  `(SELECT coalesce(json_agg(m.key ORDER BY m.key), '[]') FROM holdfast.collection_member m
    WHERE m.xname = c.xname AND m.kind = '${kind}' AND m.domain = c.domain AND m.shard = c.shard)`;

const membershipRow = `json_build_object('xname', c.xname, 'groups', ${namesOf('group')},
  'partitions', ${namesOf('partition')})`;

/** See CrayModel.components. */
export function queryComponents(
  database: Queryable,
  shard: string,
  ids: string[] | null,
  criteria: readonly Criterion[] = [],
): Promise<ReadAnswer<InventoryRow[]>> {
  return rowsOf(database, shard, inventoryRow, ids, criteria);
}

/** See CrayModel.memberships. */
export function queryMemberships(
  database: Queryable,
  shard: string,
  ids: string[] | null,
  criteria: readonly Criterion[] = [],
): Promise<ReadAnswer<MembershipRow[]>> {
  return rowsOf(database, shard, membershipRow, ids, criteria);
}

async function rowsOf<Row>(
  database: Queryable,
  shard: string,
  row: string,
  ids: string[] | null,
  criteria: readonly Criterion[],
): Promise<ReadAnswer<Row[]>> {
  const { values, value } = bindings();
  const matching = condition(criteria, value);
  const sql =
    ids === null
      ? `SELECT ${inLines(row, 'c.ord')} FROM holdfast.component c WHERE ${own('c')} AND ${matching}`
      : `SELECT ${inLines(row, 'asked.n')}
          FROM ${askedIds(value(JSON.stringify(ids)), value(ids.length))} asked
          JOIN holdfast.component c ON ${own('c')} AND c.xname = asked.id WHERE ${matching}`;
  const answer: Row[] = [];
  const read = await askRows<Row>(database, shard, sql, values, (one) => answer.push(one));
  return { answer, read };
}

/** See CrayModel.collections. In the order of their names. */
export function queryCollections(
  database: Queryable,
  shard: string,
  kind: CollectionKind,
): Promise<ReadAnswer<CollectionRow[]>> {
  const members = `SELECT coalesce(json_agg(m.xname ORDER BY m.ordinal), '[]') FROM holdfast.collection_member m
    WHERE m.shard = g.shard AND m.domain = g.domain AND m.kind = g.kind AND m.key = g.key`;
  const row = `json_build_object('name', g.name, 'description', g.description, 'members', (${members}),
    'tags', g.tags, 'exclusiveGroup', g.exclusive_group)`;
  const sql = `SELECT coalesce(json_agg(${row} ORDER BY g.key), '[]') FROM holdfast.collection g
    WHERE ${own('g')} AND g.kind = $2`;
  return ask(database, shard, sql, [kind]);
}
