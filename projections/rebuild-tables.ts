import type { Queryable } from './database.js';
import type { ProjectionGroup } from './projection-group.js';

/** Tables like those of a schema, in another: the migrations stay the only description of them. */

export async function dropTables(at: Queryable, schema: string): Promise<void> {
  await at.exec(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
}

/** Empty, and without indexes. */
export async function createTables(
  at: Queryable,
  { tables }: ProjectionGroup,
  like: string,
  schema: string,
): Promise<void> {
  await at.exec(`CREATE SCHEMA ${schema}`);
  for (const table of tables) {
    const [options] = await at.query<{ options: string | null }>(
      `SELECT array_to_string(reloptions, ', ') AS options FROM pg_class WHERE oid = '${like}.${table}'::regclass`,
    );
    const storage = options?.options == null ? '' : `WITH (${options.options})`;
    await at.exec(`CREATE TABLE ${schema}.${table} (LIKE ${like}.${table} INCLUDING DEFAULTS) ${storage}`);
  }
}

/** The same indexes by the same names. */
export async function createIndexes(
  at: Queryable,
  { tables }: ProjectionGroup,
  like: string,
  schema: string,
): Promise<void> {
  const created = tables.map(async (table) => {
    interface Index {
      name: string;
      definition: string;
      primary: boolean;
    }
    const indexes = await at.query<Index>(
      `SELECT c.relname AS name, pg_get_indexdef(i.indexrelid) AS definition, i.indisprimary AS primary
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = '${like}.${table}'::regclass`,
    );
    // One after another: readers need connections too.
    for (const { name, definition, primary } of indexes) {
      await at.exec(definition.replace(` ON ${like}.`, ` ON ${schema}.`));
      if (primary)
        await at.exec(`ALTER TABLE ${schema}.${table} ADD CONSTRAINT ${name} PRIMARY KEY USING INDEX ${name}`);
    }
  });
  // All end before a failure is told: none may come upon tables that are dropped by then.
  const failed = (await Promise.allSettled(created)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/** So that the first who asks of them is answered by their indexes. */
export async function analyzeTables(at: Queryable, { tables }: ProjectionGroup, schema: string): Promise<void> {
  for (const table of tables) await at.exec(`ANALYZE ${schema}.${table}`);
}

/** Puts the tables of `from` into the place of those in `to`; the rows of other shards come along. */
export async function replaceTables(
  tx: Queryable,
  { tables }: ProjectionGroup,
  { from, to, shard }: { from: string; to: string; shard: string },
): Promise<void> {
  await tx.exec(`LOCK TABLE ${tables.map((table) => `${to}.${table}`).join(', ')} IN ACCESS EXCLUSIVE MODE`);
  const others = await tx.query(`SELECT FROM ${to}.watermark WHERE shard <> $1 LIMIT 1`, [shard]);
  for (const table of tables) {
    if (others.length > 0) {
      await tx.query(`INSERT INTO ${from}.${table} SELECT * FROM ${to}.${table} WHERE shard <> $1`, [shard]);
    }
    await tx.exec(`DROP TABLE ${to}.${table}`);
    await tx.exec(`ALTER TABLE ${from}.${table} SET SCHEMA ${to}`);
  }
  await dropTables(tx, from);
}
