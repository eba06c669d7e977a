import { isDeepStrictEqual } from 'node:util';
import { type ShardState, stateOf } from '@holdfast/core';
import type { Allocation, Amount } from '@holdfast/events/placement/messages';
import type { PlacementRows } from '@holdfast/projections/placement/all-rows';
import { LogDiffers, shown } from '../log-tools/difference.js';
import type { ModuleRows } from '../view.js';

/** Providers, consumers, classes and traits as the read model shows them, to be held against the fold of the log. */
export function placementRows(read: number, rows: PlacementRows): ModuleRows {
  const found = ofTables(rows);
  return { read, count: found.size, compare: (state) => compare(read, found, ofState(state)) };
}

/** By what it is of, in words. */
type Things = Map<string, unknown>;

/** Throws LogDiffers. */
function compare(position: number, found: Things, expected: Things): void {
  const about = { where: 'read model', position };
  for (const [subject, one] of expected) {
    if (isDeepStrictEqual(found.get(subject), one)) continue;
    const row = found.has(subject) ? shown(found.get(subject)) : 'none';
    throw new LogDiffers({ ...about, subject, expected: shown(one), found: row });
  }
  for (const [subject, one] of found) {
    if (!expected.has(subject)) throw new LogDiffers({ ...about, subject, expected: 'no row', found: shown(one) });
  }
}

function ofTables(rows: PlacementRows): Things {
  const { providers, inventories, classes, consumers, allocations, marks, traits } = rows;
  const things: Things = new Map();
  for (const [uuid, name, parent, generation] of providers) {
    things.set(`provider ${uuid}`, { name, parent, generation });
  }
  for (const [provider, used, { resourceClass, ...inventory }] of inventories) {
    things.set(`inventory of ${resourceClass} of ${provider}`, { used, ...inventory });
  }
  for (const name of classes) things.set(`resource class ${name}`, {});
  for (const [uuid, aggregates, had] of marks) {
    // A provider without any is as one that never had any.
    if (aggregates.length > 0) things.set(`aggregates of ${uuid}`, aggregates);
    if (had.length > 0) things.set(`traits of ${uuid}`, had);
  }
  for (const name of traits) things.set(`trait ${name}`, {});
  for (const [uuid, generation, projectId, userId, consumerType, held] of consumers) {
    things.set(`consumer ${uuid}`, { generation, projectId, userId, consumerType, held });
  }
  for (const [provider, consumer, resources] of allocations) {
    things.set(`allocation of ${provider} to ${consumer}`, resources);
  }
  return things;
}

function ofState(state: ShardState): Things {
  const { providers, consumers, customClasses, customTraits } = stateOf(state, 'placement');
  const things: Things = new Map();
  for (const { id, name, parent, generation, inventories, usage, aggregates, traits } of providers.values()) {
    things.set(`provider ${id}`, { name, parent, generation });
    if (aggregates.length > 0) things.set(`aggregates of ${id}`, aggregates);
    if (traits.length > 0) things.set(`traits of ${id}`, traits);
    for (const { resourceClass, ...inventory } of inventories.values()) {
      things.set(`inventory of ${resourceClass} of ${id}`, { used: usage.get(resourceClass) ?? 0, ...inventory });
    }
  }
  for (const [name] of customClasses.entries()) things.set(`resource class ${name}`, {});
  for (const [name] of customTraits.entries()) things.set(`trait ${name}`, {});
  for (const { id, generation, projectId, userId, consumerType, allocations } of consumers.values()) {
    const held = allocations.map(({ provider, resources }: Allocation) => [provider, tuples(resources)]);
    things.set(`consumer ${id}`, { generation, projectId, userId, consumerType, held });
    for (const { provider, resources } of allocations) {
      things.set(`allocation of ${provider} to ${id}`, tuples(resources));
    }
  }
  return things;
}

function tuples(resources: readonly Amount[]): [string, number][] {
  return resources.map(({ resourceClass, amount }) => [resourceClass, amount]);
}
