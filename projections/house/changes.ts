const targets = /\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+([a-z_]+\.[a-z_]+)/g;

/** The tables, with their schemas, that a statement changes: all statements here name them so. */
export function changedBy(sql: string): string[] {
  return [...new Set([...sql.matchAll(targets)].map(([, table]) => table!))];
}
