import { apiModules } from '@holdfast/api/modules';
import { coreModules } from '@holdfast/core';
import { messageSets } from '@holdfast/events/modules';
import { projectionModules } from '@holdfast/projections/modules';
import { cliModules } from './modules.js';

/** The list of each ring. */
const rings: Readonly<Record<string, readonly { name: string }[]>> = {
  // The engine has messages of its own, and is no module.
  events: messageSets.filter(({ name }) => name !== 'engine'),
  'services/core': coreModules,
  projections: projectionModules,
  'services/api': apiModules,
  'services/cli': cliModules,
};

/**
 * Throws where a ring does not list the same modules as the others: what one has of it would be decided, stored or
 * shown by nobody.
 */
export function requireSameModules(given = rings): void {
  const names = [...new Set(Object.values(given).flatMap((list) => list.map(({ name }) => name)))];
  for (const name of names) {
    const without = Object.keys(given).filter((ring) => !given[ring]!.some((one) => one.name === name));
    if (without.length > 0) throw new Error(`the module ${name} is not in modules.ts of ${without.join(', ')}`);
  }
}
