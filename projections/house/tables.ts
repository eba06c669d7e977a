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

/**
 * The tables that are read. What was counted before a start is gone, so it is begun anew from what they show: those that have grown
 * since they were analyzed, or never were, and the pages that no vacuum has seen. It counts no less than what is to be seen there.
 */
export async function countTables(at: Queryable): Promise<Map<string, TableCount>> {
  const kept = await at.query<Kept>(
    `SELECT n.nspname || '.' || c.relname AS name, greatest(c.reltuples, 0)::float8 AS rows, c.relpages::float8 AS pages,
        c.relallvisible::float8 AS visible, EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname) AS analyzed,
        (pg_relation_size(c.oid) / current_setting('block_size')::bigint)::float8 AS now
      FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'holdfast' AND c.relkind = 'r'`,
  );
  return new Map(kept.map((table) => [table.name, countOf(table)]));
}

function countOf({ rows, pages, visible, analyzed, now }: Kept): TableCount {
  const each = analyzed && pages > 0 ? rows / pages : rowsPerPage;
  return {
    rows: analyzed ? rows : 0,
    changed: Math.max(0, now - (analyzed ? pages : 0)) * each,
    unswept: Math.max(0, now - visible) * each,
  };
}
