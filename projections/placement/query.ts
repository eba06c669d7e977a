import type { Amount } from '@holdfast/events/placement/messages';
import type { Queryable } from '../database.js';
import { own } from '../domain.js';
import { ask, type ReadAnswer } from '../moment.js';
import { storable } from '../text.js';
import { type Bind, bindings } from '../values.js';
import { byMarks } from './marks-query.js';
import type {
  ConsumerRow,
  InventoriesRow,
  ProjectUsages,
  ProviderAllocationsRow,
  ProviderRow,
  ProvidersQuery,
  ResourceClassRow,
  UsagesQuery,
} from './port.js';

/** SQL of a JSON list of amounts from `[[resource class, amount], ...]`. */
const amountsOf = (tuples: string) =>
  `(SELECT json_agg(json_build_object('resourceClass', r -> 0, 'amount', r -> 1))
    FROM json_array_elements(${tuples}) r)`;

/**
 * See PlacementModel.providers. Roots are found by going up from all that are found at once, a level at a time. Nothing
 * is joined but by an index: without statistics the planner takes the shard for a few rows, and would compare all of
 * them with all.
 */
export function queryProviders(
  database: Queryable,
  shard: string,
  query: ProvidersQuery,
): Promise<ReadAnswer<ProviderRow[]>> {
  const { uuid, name, inTree, resources = [] } = query;
  const { values, value } = bindings();
  const text = (one: string) => value(storable(one));
  const bounds = [
    own('p'),
    ...(uuid === undefined ? [] : [`p.uuid = ${text(uuid)}`]),
    ...(name === undefined ? [] : [`p.name = ${text(name)}`]),
    ...resources.map((amount) => hasRoom(amount, value)),
    ...byMarks(query, value),
  ];
  const row = `json_build_object('uuid', uuid, 'name', name, 'generation', generation, 'parent', parent,
    'root', root, 'changedAt', changed_at)`;
  const sql = `WITH RECURSIVE ${inTree === undefined ? '' : treeOf(text(inTree))}
    found AS (SELECT * FROM ${inTree === undefined ? 'holdfast.provider' : 'tree'} p WHERE ${bounds.join(' AND ')}),
    up AS (SELECT f.*, f.uuid AS root, f.parent AS above FROM found f
      UNION ALL SELECT up.shard, up.uuid, up.created, up.name, up.parent, up.generation, up.changed_at, up.domain,
        p.uuid, p.parent FROM up JOIN holdfast.provider p ON ${own('p')} AND p.uuid = up.above)
    SELECT coalesce(json_agg(${row} ORDER BY created), '[]') FROM up WHERE above IS NULL`;
  return ask(database, shard, sql, values);
}

/** Up to the root, and all that is under it. */
function treeOf(uuid: string): string {
  return `top AS (SELECT * FROM holdfast.provider p WHERE ${own('p')} AND p.uuid = ${uuid}
      UNION ALL SELECT p.* FROM top JOIN holdfast.provider p ON ${own('p')} AND p.uuid = top.parent),
    tree AS (SELECT * FROM top WHERE parent IS NULL
      UNION ALL SELECT p.* FROM tree JOIN holdfast.provider p ON ${own('p')} AND p.parent = tree.uuid),`;
}

/** Whether so much can be allocated of provider `p`. `IS TRUE` keeps it a look into a hash table: see above. */
function hasRoom({ resourceClass, amount }: Amount, value: Bind): string {
  const wanted = `${value(amount)}::bigint`;
  return `(p.uuid IN (SELECT i.provider FROM holdfast.inventory i
    WHERE ${own('i')} AND i.resource_class = ${value(storable(resourceClass))}
      AND ${wanted} BETWEEN i.min_unit AND i.max_unit AND ${wanted} % nullif(i.step_size, 0) = 0
      AND (i.total - i.reserved) * i.allocation_ratio >= i.used + ${wanted})) IS TRUE`;
}

/** See PlacementModel.inventories. */
export function queryInventories(
  database: Queryable,
  shard: string,
  provider: string,
): Promise<ReadAnswer<InventoriesRow | null>> {
  const row = `json_build_object('resourceClass', i.resource_class, 'total', i.total, 'reserved', i.reserved,
    'minUnit', i.min_unit, 'maxUnit', i.max_unit, 'stepSize', i.step_size, 'allocationRatio', i.allocation_ratio,
    'changedAt', i.changed_at)`;
  return askProvider(database, shard, provider, { member: 'inventories', row, from: inventoriesOfP });
}

/** See PlacementModel.providerUsages. */
export function queryProviderUsages(
  database: Queryable,
  shard: string,
  provider: string,
): Promise<ReadAnswer<{ generation: number; usages: Amount[] } | null>> {
  const row = `json_build_object('resourceClass', i.resource_class, 'amount', i.used)`;
  return askProvider(database, shard, provider, { member: 'usages', row, from: inventoriesOfP });
}

const inventoriesOfP = { rows: `holdfast.inventory i WHERE ${own('i')} AND i.provider = p.uuid`, order: 'i.ordinal' };

/** See PlacementModel.providerAllocations. In the order of the consumers' ids. */
export function queryProviderAllocations(
  database: Queryable,
  shard: string,
  provider: string,
): Promise<ReadAnswer<ProviderAllocationsRow | null>> {
  const row = `json_build_object(${ownership}, 'resources', ${amountsOf('a.resources')})`;
  const rows = `holdfast.allocation a JOIN holdfast.consumer c ON ${own('c')} AND c.uuid = a.consumer
    WHERE ${own('a')} AND a.provider = p.uuid`;
  return askProvider(database, shard, provider, { member: 'consumers', row, from: { rows, order: 'a.consumer' } });
}

/** What a row of consumer `c` has but for its allocations. */
const ownership = `'uuid', c.uuid, 'generation', c.generation, 'projectId', c.project_id, 'userId', c.user_id,
  'consumerType', c.consumer_type, 'changedAt', c.changed_at`;

/** The generation of provider `p` and a list of what it has; null where there is no such provider. */
function askProvider<T>(
  database: Queryable,
  shard: string,
  provider: string,
  { member, row, from }: { member: string; row: string; from: { rows: string; order: string } },
): Promise<ReadAnswer<T | null>> {
  const list = `SELECT coalesce(json_agg(${row} ORDER BY ${from.order}), '[]') FROM ${from.rows}`;
  const sql = `SELECT json_build_object('generation', p.generation, '${member}', (${list}))
    FROM holdfast.provider p WHERE ${own('p')} AND p.uuid = $2`;
  return ask(database, shard, sql, [storable(provider)]);
}

/** See PlacementModel.resourceClasses. */
export function queryResourceClasses(database: Queryable, shard: string): Promise<ReadAnswer<ResourceClassRow[]>> {
  const row = `json_build_object('name', r.name, 'changedAt', r.changed_at)`;
  const sql = `SELECT coalesce(json_agg(${row} ORDER BY r.created), '[]')
    FROM holdfast.resource_class r WHERE ${own('r')}`;
  return ask(database, shard, sql);
}

/** See PlacementModel.consumer. */
export function queryConsumer(
  database: Queryable,
  shard: string,
  uuid: string,
): Promise<ReadAnswer<ConsumerRow | null>> {
  const allocations = `SELECT json_agg(json_build_object('provider', a.one -> 0, 'generation', p.generation,
      'resources', ${amountsOf('a.one -> 1')}) ORDER BY a.ordinal)
    FROM json_array_elements(c.allocations) WITH ORDINALITY AS a(one, ordinal)
    CROSS JOIN LATERAL (SELECT p.generation FROM holdfast.provider p
      WHERE ${own('p')} AND p.uuid = a.one ->> 0 LIMIT 1) p`;
  const sql = `SELECT json_build_object(${ownership}, 'allocations', coalesce((${allocations}), '[]'))
    FROM holdfast.consumer c WHERE ${own('c')} AND c.uuid = $2`;
  return ask(database, shard, sql, [storable(uuid)]);
}

/** See PlacementModel.usages. In the order of the types, those without one first, and of the classes' names. */
export function queryUsages(
  database: Queryable,
  shard: string,
  { projectId, userId, consumerType }: UsagesQuery,
): Promise<ReadAnswer<ProjectUsages[]>> {
  const { values, value } = bindings();
  const bounds = [
    `${own('c')} AND c.project_id = ${value(storable(projectId))}`,
    ...(userId === undefined ? [] : [`c.user_id = ${value(storable(userId))}`]),
    ...(consumerType === undefined
      ? []
      : [consumerType === null ? 'c.consumer_type IS NULL' : `c.consumer_type = ${value(storable(consumerType))}`]),
  ];
  const amount = `json_build_object('resourceClass', s.class, 'amount', s.amount)`;
  const amounts = `SELECT json_agg(${amount} ORDER BY s.class COLLATE "C")
    FROM sums s WHERE s.consumer_type IS NOT DISTINCT FROM t.consumer_type`;
  const sql = `WITH found AS MATERIALIZED (SELECT c.consumer_type, c.allocations FROM holdfast.consumer c
      WHERE ${bounds.join(' AND ')}),
    types AS (SELECT consumer_type, count(*) AS consumers FROM found GROUP BY consumer_type),
    sums AS (SELECT f.consumer_type, r ->> 0 AS class, sum((r ->> 1)::bigint) AS amount FROM found f
      CROSS JOIN json_array_elements(f.allocations) a CROSS JOIN json_array_elements(a -> 1) r GROUP BY 1, 2)
    SELECT coalesce(json_agg(json_build_object('consumerType', t.consumer_type, 'consumers', t.consumers,
      'usages', coalesce((${amounts}), '[]')) ORDER BY t.consumer_type NULLS FIRST), '[]') FROM types t`;
  return ask(database, shard, sql, values);
}
