import type { CatalogueEntry } from './catalogue.js';

/*
 * What came with which level of a log. SPEC rule 13. A schema version of a later level is written only in logs that have
 * that level, so that until then the version before can read the log. docs/evolution.md says how the next level is made.
 */

/** Of a log that says nothing of levels. */
export const firstLevel = 1;
/** The highest level that this version knows, and that it begins new logs at. */
export const newestLevel = 4;

/** The level from which on a schema version is written; those that are not named are of the first. */
const levels: Readonly<Record<string, number>> = {
  'cray.CollectionChangeRequested.v1': 4,
  'cray.CollectionChanged.v1': 4,
  'cray.CollectionPut.v2': 4,
  'cray.CollectionPutRequested.v3': 4,
  'cray.ComponentsPutRequested.v3': 4,
  'cray.RoleChangeRequested.v1': 4,
  'engine.CommandLogStarted.v3': 2,
  'engine.LevelRaiseRequested.v1': 2,
  'engine.LevelRaised.v1': 2,
  'engine.SchemasRecorded.v1': 2,
  'placement.AggregatesReplacementRequested.v1': 3,
  'placement.AggregatesSet.v1': 3,
  'placement.RequestRefused.v2': 3,
  'placement.TraitCreated.v1': 3,
  'placement.TraitCreationRequested.v1': 3,
  'placement.TraitDeleted.v1': 3,
  'placement.TraitDeletionRequested.v1': 3,
  'placement.TraitsReplacementRequested.v1': 3,
  'placement.TraitsSet.v1': 3,
  'cray.RemovalRequested.v3': 4,
  'cray.ReservationRenewed.v2': 4,
  'engine.Tick.v3': 4,
  'engine.RequestDecided.v3': 4,
  'engine.Repeated.v3': 4,
  'engine.TimeShifted.v1': 4,
  'engine.TickerHeard.v1': 4,
};

/** Versions with a head of their own, as they are read before it is known what a registry's ids mean: see `frame.ts`. */
const selfFramed: ReadonlySet<string> = new Set([
  'engine.CommandLogStarted.v3',
  'engine.LevelRaiseRequested.v1',
  'engine.SchemasRecorded.v1',
]);

type Version = Pick<CatalogueEntry, 'type' | 'version'>;

export function levelOf({ type, version }: Version): number {
  return levels[`${type}.v${version}`] ?? firstLevel;
}

export function frameOf({ type, version }: Version): 'wire' | 'self' {
  return selfFramed.has(`${type}.v${version}`) ? 'self' : 'wire';
}
