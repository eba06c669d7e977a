import type { Queryable } from '../database.js';
import { domain, own } from '../domain.js';
import { inChunks } from '../in-chunks.js';
import type { Tables } from '../projection-group.js';
import type { CoalescedPlacement, ProviderPatch } from './coalesce.js';

/**
 * Aggregates and traits of providers, and the custom traits: see rows.ts. What a removed provider had is gone before.
 */
export async function writeMarks(tx: Queryable, tables: Tables, coalesced: CoalescedPlacement): Promise<void> {
  const marked = [...coalesced.providers].filter(([, { aggregates, traits }]) => aggregates ?? traits);
  await inChunks(marked, (chunk) => putMarks(tx, tables, chunk), markedProvidersMax);
  const gone: string[] = [];
  const put: object[] = [];
  for (const [name, row] of coalesced.traits) {
    if (row === null) gone.push(name);
    else put.push({ name, ...row });
  }
  await inChunks(gone, (names) => deleteTraits(tx, tables, names));
  await inChunks(put, (rows) => putTraits(tx, tables, rows));
}

/** Each may have a thousand of both. */
const markedProvidersMax = 100;

async function putMarks(
  tx: Queryable,
  { schema, shard }: Tables,
  patches: readonly [uuid: string, patch: ProviderPatch][],
): Promise<void> {
  const rows = patches.map(([uuid, { aggregates, traits }]) => ({
    uuid,
    aggregates: aggregates ?? null,
    traits: traits?.names ?? null,
    traitsAt: traits?.changedAt ?? null,
  }));
  await tx.query(
    `INSERT INTO ${schema}.provider_marks AS m (shard, domain, uuid, aggregates, traits, traits_at)
      SELECT $1, '${domain}', uuid, aggregates, traits, "traitsAt" FROM json_to_recordset($2::json)
        AS new(uuid text, aggregates text[], traits text[], "traitsAt" bigint)
      ON CONFLICT (uuid, domain, shard) DO UPDATE SET aggregates = coalesce(excluded.aggregates, m.aggregates),
        traits = coalesce(excluded.traits, m.traits), traits_at = coalesce(excluded.traits_at, m.traits_at)`,
    [shard, JSON.stringify(rows)],
  );
}

async function deleteTraits(tx: Queryable, { schema, shard }: Tables, names: readonly string[]): Promise<void> {
  await tx.query(
    `DELETE FROM ${schema}.trait t WHERE ${own('t')}
      AND t.name IN (SELECT value FROM json_array_elements_text($2::json))`,
    [shard, JSON.stringify(names)],
  );
}

async function putTraits(tx: Queryable, { schema, shard }: Tables, rows: readonly object[]): Promise<void> {
  await tx.query(
    `INSERT INTO ${schema}.trait (shard, domain, name, created, changed_at)
      SELECT $1, '${domain}', name, created, "changedAt" FROM json_to_recordset($2::json)
        AS new(name text, created bigint, "changedAt" bigint)
      ON CONFLICT (name, domain, shard) DO UPDATE SET created = excluded.created, changed_at = excluded.changed_at`,
    [shard, JSON.stringify(rows)],
  );
}
