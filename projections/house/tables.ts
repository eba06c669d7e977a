import type { Queryable } from '../database.js';
import type { TableCount } from './plan.js';

/** Of a table that was never analyzed: rows on a page, for a guess. */
const rowsPerPage = 20;

/**
 * What the engine itself kept of each table, also over its end: how large it is, and was when it was analyzed and
 * vacuumed.
 */
interface TableCounts {
  name: string;
  rows: number;
  pages: number;
  visible: number;
  analyzed: boolean;
  now: number;
  /** See `readGrown`. */
  grown: number;
}

/**
 * How many rows of a table the engine has seen come, less those that it has seen go, in its own process: a statement
 * tells how many it changed, but not how many of them are new. Not of a server, whose counts are also what others did.
 * It tells them a second late unless it is asked to.
 */
export async function readGrown(at: Queryable, table: string): Promise<number> {
  await at.query('SELECT pg_stat_force_next_flush()');
  const [row] = await at.query<{ grown: number }>(
    `SELECT (pg_stat_get_tuples_inserted(oid) - pg_stat_get_tuples_deleted(oid))::float8 AS grown
      FROM pg_class WHERE oid = to_regclass($1::text)`,
    [table],
  );
  return row?.grown ?? 0;
}

export interface Counted {
  tables: Map<string, TableCount>;
  /** See `readGrown`. */
  grown: Map<string, number>;
}

/**
 * The tables that are read. What was counted before a start is gone, so it is begun anew from what they show: those
 * that have grown since they were analyzed, or never were, and the pages that no vacuum has seen. It counts no less
 * than what is to be seen there.
 */
export async function countTables(at: Queryable, analyzedAt: number): Promise<Counted> {
  await at.query('SELECT pg_stat_force_next_flush()');
  const kept = await at.query<TableCounts>(
    `SELECT n.nspname || '.' || c.relname AS name, greatest(c.reltuples, 0)::float8 AS rows, c.relpages::float8 AS pages,
        c.relallvisible::float8 AS visible, EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname) AS analyzed,
        (pg_stat_get_tuples_inserted(c.oid) - pg_stat_get_tuples_deleted(c.oid))::float8 AS grown,
        (pg_relation_size(c.oid) / current_setting('block_size')::bigint)::float8 AS now
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'holdfast' AND c.relkind = 'r'`,
  );
  return {
    tables: new Map(kept.map((table) => [table.name, { ...countOf(table), analyzedAt }])),
    grown: new Map(kept.map(({ name, grown }) => [name, grown])),
  };
}

function countOf({ rows, pages, visible, analyzed, now }: TableCounts): Omit<TableCount, 'analyzedAt'> {
  const each = analyzed && pages > 0 ? rows / pages : rowsPerPage;
  const grown = Math.max(0, now - (analyzed ? pages : 0)) * each;
  return {
    rows: analyzed ? rows : 0,
    ...{ grown, uncounted: 0, changed: grown },
    unswept: Math.max(0, now - visible) * each,
  };
}
