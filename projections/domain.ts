/** Whose names the ids of resources are. Until a shard has several, all rows are of this one. */
export const domain = 'default';

/** SQL: whether a row of a table, by the name that the statement has for it, is of the shard `$1` and the domain. */
export function own(table: string): string {
  return `${table}.shard = $1 AND ${table}.domain = '${domain}'`;
}
