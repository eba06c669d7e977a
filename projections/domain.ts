/** Whose names the ids of resources are. Until a shard has several, all rows are of this one. */
export const domain = 'default';

/**
 * SQL: whether a row of a table, by the name that the statement has for it, is of the shard `$1` and the domain. The
 * domain is compared by the function behind `=`: the planner takes each equality on a table that it knows nothing of
 * for one row in 200, so two of them for a single one, and would then look through a fleet that has just come for each
 * component of a change.
 */
export function own(table: string): string {
  return `${table}.shard = $1 AND texteq(${table}.domain, '${domain}')`;
}

/** The same of a table that is read in the order of an index that has the domain before it. */
export function ownInOrder(table: string): string {
  return `${table}.shard = $1 AND ${table}.domain = '${domain}'`;
}
