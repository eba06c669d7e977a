import type { Queryable } from '../database.js';
import type { TableCount } from './plan.js';

/** Of a table that was never analyzed: rows on a page, for a guess. */
const rowsPerPage = 20;

/** What the engine itself kept of each table, also over its end: how large it is, and was when it was analyzed and vacuumed. */
interface Kept {
  name: string;
  rows: number;
  pages: number;
  visible: number;
  analyzed: boolean;
  now: number;
}

/** How many rows the engine has seen come, less those that it has seen go, by table. It begins at any number, and tells those of its own process. */
export type Grown = ReadonlyMap<string, number>;

/** Of the engine alone: a server's are also what others did. It tells them a second late unless it is asked to. */
export async function readGrown(at: Queryable): Promise<Grown> {
  await at.query('SELECT pg_stat_force_next_flush()');
  const rows = await at.query<{ name: string; grown: number }>(
    `SELECT schemaname || '.' || relname AS name, (n_tup_ins - n_tup_del)::float8 AS grown FROM pg_stat_user_tables`,
  );
  return new Map(rows.map(({ name, grown }) => [name, grown]));
}

/**
 * The tables that are read. What was counted before a start is gone, so it is begun anew from what they show: those that have grown
 * since they were analyzed, or never were, and the pages that no vacuum has seen. It counts no less than what is to be seen there.
 */
export async function countTables(at: Queryable, analyzedAt: number): Promise<Map<string, TableCount>> {
  const kept = await at.query<Kept>(
    `SELECT n.nspname || '.' || c.relname AS name, greatest(c.reltuples, 0)::float8 AS rows, c.relpages::float8 AS pages,
        c.relallvisible::float8 AS visible, EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname) AS analyzed,
        (pg_relation_size(c.oid) / current_setting('block_size')::bigint)::float8 AS now
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'holdfast' AND c.relkind = 'r'`,
  );
  return new Map(kept.map((table) => [table.name, { ...countOf(table), analyzedAt }]));
}

function countOf({ rows, pages, visible, analyzed, now }: Kept): Omit<TableCount, 'analyzedAt'> {
  const each = analyzed && pages > 0 ? rows / pages : rowsPerPage;
  const grown = Math.max(0, now - (analyzed ? pages : 0)) * each;
  return {
    rows: analyzed ? rows : 0,
    ...{ grown, changed: grown },
    unswept: Math.max(0, now - visible) * each,
  };
}
