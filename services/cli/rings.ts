import { apiModules } from '@holdfast/api/modules';
import { coreModules } from '@holdfast/core';
import { messageSets } from '@holdfast/events/modules';
import { projectionModules } from '@holdfast/projections/modules';
import { cliModules } from './modules.js';

/** A module as its ring lists it; `since` where the ring says it. */
type Listed = { readonly name: string; readonly since?: number };

/** The list of each ring. */
const rings: Readonly<Record<string, readonly Listed[]>> = {
  // The engine has messages of its own, and is no module.
  events: messageSets.filter(({ name }) => name !== 'engine'),
  'services/core': coreModules,
  projections: projectionModules,
  'services/api': apiModules,
  'services/cli': cliModules,
};

/**
 * Throws where a ring does not list the same modules as the others: what one has of it would be decided, stored or
 * shown by nobody. Throws, too, where rings do not agree since which level there is one: it would be decided on where
 * nothing of it can be written, or written where nobody decides.
 */
export function requireSameModules(given = rings): void {
  const names = [...new Set(Object.values(given).flatMap((list) => list.map(({ name }) => name)))];
  for (const name of names) {
    const without = Object.keys(given).filter((ring) => !given[ring]!.some((one) => one.name === name));
    if (without.length > 0) throw new Error(`the module ${name} is not in modules.ts of ${without.join(', ')}`);
    const levels = Object.entries(given).flatMap(([ring, list]) =>
      list.filter((one) => one.name === name && one.since !== undefined).map(({ since }) => ({ since, ring })),
    );
    if (new Set(levels.map(({ since }) => since)).size > 1) {
      const said = levels.map(({ since, ring }) => `${since} in ${ring}`).join(', ');
      throw new Error(`the module ${name} has no one level that it is there since: ${said}`);
    }
  }
}
