import type { Bind } from '../values.js';

/** SQL: whether an event, by its type, is of one of these modules. */
export function typeOfModules(type: string, modules: readonly string[], value: Bind): string {
  return `(${modules.map((module) => `${type} LIKE ${value(`${module}.%`)}`).join(' OR ')})`;
}

/**
 * SQL: whether a decision `d` is on a command of one of these modules; one that repeats another is where that is. `->` takes JSON
 * apart without reading texts, of which some hold U+0000.
 */
export function decisionOfModules(modules: readonly string[], value: Bind): string {
  const patterns = modules.map((module) => value(`"${module}.%`));
  const named = (table: string) =>
    `(${patterns.map((pattern) => `(${table}.outcome -> 'command')::text LIKE ${pattern}`).join(' OR ')})`;
  const original = `(d.outcome -> 'originalSequence')::text::bigint`;
  return `CASE WHEN d.status = 'repeated'
    THEN EXISTS (SELECT FROM holdfast.decision o WHERE o.shard = $1 AND o.sequence = ${original} AND ${named('o')})
    ELSE ${named('d')} END`;
}
