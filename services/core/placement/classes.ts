import type {
  Amount,
  ConsumerPut,
  PlacementEvent,
  PlacementResource,
  ResourceClassCreationRequested,
  ResourceClassDeletionRequested,
  ResourceClassRenamingRequested,
} from '@holdfast/events/placement/messages';
import { isStandardClass } from '@holdfast/events/placement/standard-classes';
import type { PersistentMap } from '../persistent-map.js';
import { accepted, type DecisionOn, refused } from './decision.js';
import { type Consumer, isClass, type PlacementState } from './state.js';

export function createClass(
  { name, mayExist }: ResourceClassCreationRequested,
  state: PlacementState,
): DecisionOn<'placement.ResourceClassCreationRequested'> {
  if (!isClass(state, name)) return accepted([{ type: 'placement.ResourceClassCreated', name }]);
  return mayExist ? accepted([]) : refused({ subject: named(name), reason: 'class-exists', resourceClass: name });
}

/**
 * Inventories and allocations keep their class, whatever it is called. They name it, so each that has it follows with
 * an event of its own, at the generation that it had: whoever folds events need not know what a renaming does. To find
 * them, all providers and consumers are looked through, as this is rare; in the order of their ids, as that of the maps
 * may be another in a state that was kept and found again.
 */
export function renameClass(
  { name, newName }: ResourceClassRenamingRequested,
  state: PlacementState,
): DecisionOn<'placement.ResourceClassRenamingRequested'> {
  const subject = named(name);
  if (!isClass(state, name)) return refused({ subject, reason: 'no-class', resourceClass: name, provider: null });
  if (isStandardClass(name)) return refused({ subject, reason: 'class-is-standard' });
  if (newName === name) return accepted([]);
  if (isClass(state, newName)) return refused({ subject, reason: 'class-exists', resourceClass: newName });
  const events: PlacementEvent[] = [{ type: 'placement.ResourceClassRenamed', name, newName }];
  const rename = <T extends { resourceClass: string }>(each: T): T =>
    each.resourceClass === name ? { ...each, resourceClass: newName } : each;
  for (const { id, generation, inventories } of inOrder(state.providers)) {
    if (!inventories.has(name)) continue;
    const renamed = [...inventories.values()].map(rename);
    events.push({ type: 'placement.InventoriesSet', provider: id, generation, inventories: renamed });
  }
  for (const consumer of inOrder(state.consumers)) {
    if (consumer.allocations.some(({ resources }) => holds(resources, name))) {
      events.push(...renamedIn(consumer, state, name, rename));
    }
  }
  return accepted(events);
}

export function deleteClass(
  { name }: ResourceClassDeletionRequested,
  state: PlacementState,
): DecisionOn<'placement.ResourceClassDeletionRequested'> {
  const subject = named(name);
  if (!isClass(state, name)) return refused({ subject, reason: 'no-class', resourceClass: name, provider: null });
  if (isStandardClass(name)) return refused({ subject, reason: 'class-is-standard' });
  const used = state.providers.values().some(({ inventories }) => inventories.has(name));
  if (used) return refused({ subject, reason: 'class-in-use' });
  return accepted([{ type: 'placement.ResourceClassDeleted', name }]);
}

function renamedIn(
  consumer: Consumer,
  { providers }: PlacementState,
  name: string,
  rename: (amount: Amount) => Amount,
): PlacementEvent[] {
  const { id, generation, projectId, userId, consumerType } = consumer;
  const allocations = consumer.allocations.map(({ provider, resources }) => ({
    provider,
    resources: resources.map(rename),
  }));
  const events = allocations.flatMap(({ provider, resources }, n): PlacementEvent[] => {
    if (!holds(consumer.allocations[n]!.resources, name)) return [];
    const at = providers.get(provider)!.generation;
    return [{ type: 'placement.ProviderAllocated', provider, generation: at, consumer: id, resources }];
  });
  const owned = { consumer: id, generation, projectId, userId, consumerType };
  const put: ConsumerPut = { type: 'placement.ConsumerPut', ...owned, allocations };
  return [...events, put];
}

function inOrder<T extends { id: string }>(all: PersistentMap<T>): T[] {
  return all.values().sort((a, b) => (a.id < b.id ? -1 : 1));
}

function holds(resources: readonly Amount[], name: string): boolean {
  return resources.some(({ resourceClass }) => resourceClass === name);
}

function named(id: string): PlacementResource {
  return { kind: 'class', id };
}
