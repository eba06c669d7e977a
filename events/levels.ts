import type { CatalogueEntry } from './catalogue.js';
import { moduleOf } from './module.js';
import { messageSets } from './modules.js';

/*
 * What came with which level of a log. SPEC rule 13. A schema version of a later level is written only in logs that
 * have that level, so that until then the version before can read the log. docs/evolution.md says how the next level is
 * made.
 */

/** Of a log that says nothing of levels. */
export const firstLevel = 1;

/**
 * Versions with a head of their own, as they are read before it is known what a registry's ids mean: see `frame.ts`.
 */
const selfFramed: ReadonlySet<string> = new Set([
  'engine.CommandLogStarted.v3',
  'engine.LevelRaiseRequested.v1',
  'engine.SchemasRecorded.v1',
]);

const levels: Readonly<Record<string, number>> = Object.assign({}, ...messageSets.map((set) => set.levels));
const since = new Map<string, number>(messageSets.map((set) => [set.name, set.since]));

/** The highest level that this version knows, and that it begins new logs at. */
export const newestLevel = Math.max(...since.values(), ...Object.values(levels));

type Version = Pick<CatalogueEntry, 'type' | 'version'>;

/** From which level on a schema version is written. */
export function levelOf({ type, version }: Version): number {
  return levels[`${type}.v${version}`] ?? since.get(moduleOf(type)) ?? firstLevel;
}

export function frameOf({ type, version }: Version): 'wire' | 'self' {
  return selfFramed.has(`${type}.v${version}`) ? 'self' : 'wire';
}
