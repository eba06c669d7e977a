import type { Queryable } from '../database.js';
import { domain, own } from '../domain.js';
import { inChunks } from '../in-chunks.js';
import type { Tables } from '../projection-group.js';
import type { ResourceClassChange } from './change.js';
import type { AllocationPatch, CoalescedPlacement, ProviderPatch } from './coalesce.js';
import { writeMarks } from './marks-rows.js';

/*
 * A batch as a few statements, each with its rows as one JSON text: see jsonRows. What is allocated of an inventory
 * moves by what the rows of `allocation` change, so inventories come before these. A LIMIT of as many rows as there are
 * tells the planner how many: it takes a JSON text for a hundred, and would rather read a whole table than look a
 * hundred times into its index.
 */

export async function writePlacement(tx: Queryable, tables: Tables, coalesced: CoalescedPlacement): Promise<void> {
  const { providers, allocations, consumers, classes } = coalesced;
  for (const change of classes) await writeClass(tx, tables, change);
  await writeProviders(tx, tables, [...providers]);
  await writeMarks(tx, tables, coalesced);
  await inChunks([...allocations.values()], (chunk) => writeAllocations(tx, tables, chunk));
  const gone: string[] = [];
  const put: object[] = [];
  for (const [uuid, row] of consumers) {
    if (row === null) gone.push(uuid);
    else put.push(row);
  }
  await inChunks(gone, (uuids) => deleteOf(tx, tables, { table: 'consumer', key: 'uuid', ids: uuids }));
  await inChunks(put, (chunk) => putConsumers(tx, tables, chunk));
}

async function writeClass(tx: Queryable, { schema, shard }: Tables, change: ResourceClassChange): Promise<void> {
  const { op, name } = change;
  const of = `${schema}.resource_class`;
  if (op === 'put') {
    await tx.query(
      `INSERT INTO ${of} (shard, domain, name, created, changed_at) VALUES ($1, '${domain}', $2, $3, $4)
        ON CONFLICT DO NOTHING`,
      [shard, name, change.sequence, change.changedAt],
    );
  } else if (op === 'rename') {
    await tx.query(`UPDATE ${of} r SET name = $3, changed_at = $4 WHERE ${own('r')} AND r.name = $2`, [
      shard,
      name,
      change.newName,
      change.changedAt,
    ]);
  } else {
    await tx.query(`DELETE FROM ${of} r WHERE ${own('r')} AND r.name = $2`, [shard, name]);
  }
}

type Patches = readonly [uuid: string, patch: ProviderPatch][];

async function writeProviders(tx: Queryable, tables: Tables, patches: Patches): Promise<void> {
  const removed = patches.filter(([, patch]) => patch.removed).map(([uuid]) => uuid);
  await inChunks(removed, async (ids) => {
    // Also what was allocated: where it comes again, its inventories begin with nothing used.
    await deleteOf(tx, tables, { table: 'allocation', key: 'provider', ids });
    await deleteOf(tx, tables, { table: 'inventory', key: 'provider', ids });
    await deleteOf(tx, tables, { table: 'provider_marks', key: 'uuid', ids });
    await deleteOf(tx, tables, { table: 'provider', key: 'uuid', ids });
  });
  const put = patches.filter(([, patch]) => patch.put !== undefined);
  await inChunks(put, (chunk) => putProviders(tx, tables, chunk));
  const moved = patches.filter(([, patch]) => patch.put === undefined && patch.generation !== undefined);
  await inChunks(moved, (chunk) => moveProviders(tx, tables, chunk));
  const set = patches.filter(([, patch]) => patch.inventories !== undefined);
  await inChunks(set, (chunk) => setInventories(tx, tables, chunk));
}

async function deleteOf(
  tx: Queryable,
  { schema, shard }: Tables,
  { table, key, ids }: { table: string; key: string; ids: readonly string[] },
): Promise<void> {
  await tx.query(
    `DELETE FROM ${schema}.${table} t WHERE ${own('t')}
      AND t.${key} IN (SELECT value FROM json_array_elements_text($2::json))`,
    [shard, JSON.stringify(ids)],
  );
}

async function putProviders(tx: Queryable, { schema, shard }: Tables, patches: Patches): Promise<void> {
  const rows = patches.map(([uuid, { put, generation, changedAt }]) => ({ uuid, ...put, generation, changedAt }));
  await tx.query(
    `INSERT INTO ${schema}.provider (shard, domain, uuid, created, name, parent, generation, changed_at)
      SELECT $1, '${domain}', uuid, created, name, parent, generation, "changedAt" FROM json_to_recordset($2::json)
        AS new(uuid text, created bigint, name text, parent text, generation bigint, "changedAt" bigint)
      ON CONFLICT (uuid, domain, shard) DO UPDATE SET name = excluded.name, parent = excluded.parent,
        generation = excluded.generation, changed_at = excluded.changed_at`,
    [shard, JSON.stringify(rows)],
  );
}

async function moveProviders(tx: Queryable, { schema, shard }: Tables, patches: Patches): Promise<void> {
  const rows = patches.map(([uuid, { generation, changedAt }]) => ({ uuid, generation, changedAt }));
  await tx.query(
    `UPDATE ${schema}.provider p SET generation = new.generation, changed_at = new."changedAt"
      FROM (SELECT * FROM json_to_recordset($2::json) AS new(uuid text, generation bigint, "changedAt" bigint)
        LIMIT $3::bigint) new
      WHERE ${own('p')} AND p.uuid = new.uuid`,
    [shard, JSON.stringify(rows), rows.length],
  );
}

/** Those that stay keep what is allocated of them. */
async function setInventories(tx: Queryable, { schema, shard }: Tables, patches: Patches): Promise<void> {
  const rows = patches.flatMap(([provider, { inventories }]) =>
    inventories!.rows.map((row, ordinal) => ({ provider, ordinal, changedAt: inventories!.changedAt, ...row })),
  );
  const values = [shard, JSON.stringify(rows)];
  const set = `json_to_recordset($2::json) AS new(provider text, ordinal bigint, "changedAt" bigint,
    "resourceClass" text, total bigint, reserved bigint, "minUnit" bigint, "maxUnit" bigint, "stepSize" bigint, "allocationRatio" float8)`;
  await tx.query(
    `DELETE FROM ${schema}.inventory i WHERE ${own('i')}
      AND i.provider IN (SELECT value FROM json_array_elements_text($3::json))
      AND NOT EXISTS (SELECT FROM ${set} WHERE new.provider = i.provider AND new."resourceClass" = i.resource_class)`,
    [...values, JSON.stringify(patches.map(([provider]) => provider))],
  );
  const columns = 'ordinal, total, reserved, min_unit, max_unit, step_size, allocation_ratio, changed_at';
  const replaced = columns.split(', ').map((column) => `${column} = excluded.${column}`);
  await tx.query(
    `INSERT INTO ${schema}.inventory (shard, domain, provider, resource_class, ${columns})
      SELECT $1, '${domain}', provider, "resourceClass", ordinal, total, reserved, "minUnit", "maxUnit", "stepSize",
        "allocationRatio", "changedAt" FROM ${set}
      ON CONFLICT (provider, resource_class, domain, shard) DO UPDATE SET ${replaced.join(', ')}`,
    values,
  );
}

/** One statement, all of whose parts see the rows as they were before it. */
async function writeAllocations(
  tx: Queryable,
  { schema, shard }: Tables,
  patches: readonly AllocationPatch[],
): Promise<void> {
  const amounts = (sign: string) => `SELECT provider, r ->> 0 AS resource_class, ${sign} (r ->> 1)::bigint AS amount`;
  await tx.query(
    `WITH new AS MATERIALIZED (SELECT * FROM json_to_recordset($2::json)
        AS new(provider text, consumer text, resources json) LIMIT $3::bigint),
      old AS (SELECT a.provider, a.resources FROM new
        JOIN ${schema}.allocation a ON ${own('a')} AND a.provider = new.provider AND a.consumer = new.consumer),
      change AS (SELECT provider, resource_class, sum(amount) AS amount FROM (
          ${amounts('+')} FROM new CROSS JOIN json_array_elements(new.resources) r WHERE new.resources IS NOT NULL
          UNION ALL ${amounts('-')} FROM old CROSS JOIN json_array_elements(old.resources) r) amounts
        GROUP BY provider, resource_class HAVING sum(amount) <> 0),
      moved AS (UPDATE ${schema}.inventory i SET used = i.used + c.amount FROM change c
        WHERE ${own('i')} AND i.provider = c.provider AND i.resource_class = c.resource_class),
      gone AS (DELETE FROM ${schema}.allocation a USING new WHERE new.resources IS NULL
        AND ${own('a')} AND a.provider = new.provider AND a.consumer = new.consumer)
    INSERT INTO ${schema}.allocation (shard, domain, provider, consumer, resources)
      SELECT $1, '${domain}', provider, consumer, resources FROM new WHERE resources IS NOT NULL
      ON CONFLICT (provider, consumer, domain, shard) DO UPDATE SET resources = excluded.resources`,
    [shard, JSON.stringify(patches), patches.length],
  );
}

async function putConsumers(tx: Queryable, { schema, shard }: Tables, rows: readonly object[]): Promise<void> {
  const columns = 'generation, project_id, user_id, consumer_type, allocations, sequence, changed_at';
  const replaced = columns.split(', ').map((column) => `${column} = excluded.${column}`);
  await tx.query(
    `INSERT INTO ${schema}.consumer (shard, domain, uuid, ${columns})
      SELECT $1, '${domain}', uuid, generation, "projectId", "userId", "consumerType", allocations, sequence,
        "changedAt" FROM json_to_recordset($2::json) AS new(uuid text, generation bigint, "projectId" text, "userId" text,
        "consumerType" text, allocations json, sequence bigint, "changedAt" bigint)
      ON CONFLICT (uuid, domain, shard) DO UPDATE SET ${replaced.join(', ')}`,
    [shard, JSON.stringify(rows)],
  );
}
