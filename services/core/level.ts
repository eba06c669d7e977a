import type { Event, RecordedSchema } from '@holdfast/events';
import type { ShardState } from './shard-state.js';

/** Of a log that says nothing of levels. */
export const firstLevel = 1;

/** What asks for a level. */
interface Wanted {
  level: number;
  schemas: readonly RecordedSchema[];
}

/**
 * The step to a level, and what ids mean from there on; or why not. Levels only grow, and an id keeps its meaning for
 * ever, as the records that carry it stay. Nothing of it depends on the version that decides: one that does not know
 * the level never gets here, as it cannot decode the command. SPEC rule 13.
 */
export function raiseLevel(
  state: Pick<ShardState, 'level' | 'schemas'>,
  wanted: Wanted,
): Event[] | { refused: string } {
  if (wanted.level <= state.level) return { refused: `the log has level ${state.level}` };
  const refused = contradiction(state.schemas, wanted.schemas);
  if (refused !== null) return { refused };
  return [
    { type: 'engine.LevelRaised', level: wanted.level },
    { type: 'engine.SchemasRecorded', schemas: wanted.schemas },
  ];
}

/** Why these schemas cannot follow those that were recorded, or null. */
function contradiction(recorded: readonly RecordedSchema[], wanted: readonly RecordedSchema[]): string | null {
  const byId = new Map<number, RecordedSchema>();
  const byName = new Map<string, RecordedSchema>();
  for (const schema of wanted) {
    const other = byId.get(schema.id);
    if (other !== undefined) return `the id ${schema.id} would be that of ${named(other)} and of ${named(schema)}`;
    if (byName.has(named(schema))) return `${named(schema)} would have two ids`;
    byId.set(schema.id, schema);
    byName.set(named(schema), schema);
  }
  for (const schema of recorded) {
    const { id, fingerprint } = byName.get(named(schema)) ?? {};
    if (id === undefined) return `${named(schema)} is missing, which the log has`;
    if (id !== schema.id) return `${named(schema)} has the id ${schema.id} in the log, not ${id}`;
    if (fingerprint !== schema.fingerprint) return `${named(schema)} is another schema in the log`;
  }
  return null;
}

function named({ name, version }: RecordedSchema): string {
  return `${name} version ${version}`;
}
