import type { Bind } from '../values.js';

/** SQL: whether an event, by its type, is of one of these modules. */
export function typeOfModules(type: string, modules: readonly string[], value: Bind): string {
  return `(${modules.map((module) => `${type} LIKE ${value(`${module}.%`)}`).join(' OR ')})`;
}

/**
 * SQL: whether a decision `d` is on a command of one of these modules; one that repeats another is where that is. An
 * outcome is read as text, as no operator of Postgres takes JSON apart that has U+0000 in it; a quote within a text has
 * a backslash before it, so no text in an outcome passes for one of its members.
 */
export function decisionOfModules(modules: readonly string[], value: Bind): string {
  const patterns = modules.map((module) => value(`%"command":"${module}.%`));
  const named = (table: string) =>
    `(${patterns.map((pattern) => `${table}.outcome::text LIKE ${pattern}`).join(' OR ')})`;
  const original = `substring(d.outcome::text from '"originalSequence":([0-9]+)')::bigint`;
  return `CASE WHEN d.status = 'repeated'
    THEN EXISTS (SELECT FROM holdfast.decision o WHERE o.shard = $1 AND o.sequence = ${original} AND ${named('o')})
    ELSE ${named('d')} END`;
}
