import { type Event, moduleOf, placeOf } from '@holdfast/events';
import type { ProjectionModule } from './module.js';
import { projectionModules } from './modules.js';
import { UnknownEventError } from './unknown-event.js';

/** Those of the list, for whoever treats them all alike. */
export const modules: readonly ProjectionModule[] = projectionModules;

/** What begins the types of the engine's own messages. */
const engine = 'engine';
const byName = new Map(modules.map((one) => [one.name, one]));
const byChange = new Map(modules.flatMap((one) => Object.keys(one.present.changes).map((table) => [table, one])));

/**
 * The module of an event, or null for one of the engine's. Throws UnknownEventError, also where its module keeps
 * nothing here.
 */
export function moduleOfEvent(event: Event): ProjectionModule | null {
  if (placeOf(event) === undefined) throw new UnknownEventError(event.type);
  const name = moduleOf(event.type);
  if (name === engine) return null;
  const found = byName.get(name);
  if (found === undefined) throw new UnknownEventError(event.type);
  return found;
}

/** The module whose messages have such types; undefined where there is none here. */
export function moduleOfType(type: string): ProjectionModule | undefined {
  return byName.get(moduleOf(type));
}

/** The module that has made a change. */
export function moduleOfChange({ table }: { table: string }): ProjectionModule {
  return byChange.get(table)!;
}
