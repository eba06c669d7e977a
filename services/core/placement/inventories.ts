import type {
  InventoriesReplacementRequested,
  Inventory,
  InventoryCreationRequested,
  InventoryDeletionRequested,
  InventoryUpdateRequested,
  PlacementEvent,
  PlacementResource,
} from '@holdfast/events/placement/messages';
import type { Accepted } from '../decider.js';
import { accepted, type DecisionOn, type RefusedFor, refused } from './decision.js';
import { isClass, type PlacementState, type Provider } from './state.js';

/** Replaces all. What allocations use may shrink, below what is in use too, but not vanish. */
export function replaceInventories(
  { provider: id, generation, inventories }: InventoriesReplacementRequested,
  state: PlacementState,
): DecisionOn<'placement.InventoriesReplacementRequested'> {
  const provider = state.providers.get(id);
  if (provider === undefined) return noProvider(id);
  if (provider.generation !== generation) return staleGeneration(provider, generation);
  const unknown = inventories.find(({ resourceClass }) => !isClass(state, resourceClass));
  if (unknown !== undefined) return noClass(id, unknown);
  return setUnlessInUse(provider, inventories);
}

export function createInventory(
  { provider: id, inventory }: InventoryCreationRequested,
  state: PlacementState,
): DecisionOn<'placement.InventoryCreationRequested'> {
  const provider = state.providers.get(id);
  if (provider === undefined) return noProvider(id);
  if (!isClass(state, inventory.resourceClass)) return noClass(id, inventory);
  if (provider.inventories.has(inventory.resourceClass))
    return refused({ ...on(id), reason: 'inventory-exists', resourceClass: inventory.resourceClass });
  return setTo(provider, [...provider.inventories.values(), inventory]);
}

export function updateInventory(
  { provider: id, generation, inventory }: InventoryUpdateRequested,
  state: PlacementState,
): DecisionOn<'placement.InventoryUpdateRequested'> {
  const provider = state.providers.get(id);
  if (provider === undefined) return noProvider(id);
  if (provider.generation !== generation) return staleGeneration(provider, generation);
  const { resourceClass } = inventory;
  if (!isClass(state, resourceClass)) return noClass(id, inventory);
  if (!provider.inventories.has(resourceClass)) return refused({ ...on(id), reason: 'no-inventory', resourceClass });
  const all = [...provider.inventories.values()];
  return setTo(
    provider,
    all.map((each) => (each.resourceClass === resourceClass ? inventory : each)),
  );
}

/** One, or all of them, which succeeds also where there are none. */
export function deleteInventory(
  { provider: id, resourceClass }: InventoryDeletionRequested,
  state: PlacementState,
): DecisionOn<'placement.InventoryDeletionRequested'> {
  const provider = state.providers.get(id);
  if (provider === undefined) return noProvider(id);
  if (resourceClass === null) return setUnlessInUse(provider, []);
  if (!isClass(state, resourceClass)) return noClass(id, { resourceClass });
  if (!provider.inventories.has(resourceClass)) return refused({ ...on(id), reason: 'no-inventory', resourceClass });
  return setUnlessInUse(
    provider,
    [...provider.inventories.values()].filter((each) => each.resourceClass !== resourceClass),
  );
}

/** What is in use may not vanish; there is a refusal for each. */
function setUnlessInUse(
  provider: Provider,
  inventories: readonly Inventory[],
): Accepted<PlacementEvent> | RefusedFor<'inventory-in-use'> {
  const { id, usage, inventories: before } = provider;
  const kept = new Set(inventories.map(({ resourceClass }) => resourceClass));
  const [first, ...others] = [...before.keys()]
    .filter((resourceClass) => usage.has(resourceClass) && !kept.has(resourceClass))
    .map((resourceClass) => ({ ...on(id), reason: 'inventory-in-use' as const, resourceClass }));
  return first === undefined ? setTo(provider, inventories) : refused(first, 1, ...others);
}

/** The generation rises also where nothing changes, as a caller that was told of a success counts on. */
function setTo({ id, generation }: Provider, inventories: readonly Inventory[]): Accepted<PlacementEvent> {
  const event = { type: 'placement.InventoriesSet', provider: id, generation: generation + 1 } as const;
  return accepted([{ ...event, inventories: [...inventories] }]);
}

function noProvider(id: string): RefusedFor<'no-provider'> {
  return refused({ ...on(id), reason: 'no-provider' });
}

function staleGeneration({ id, generation }: Provider, stated: number): RefusedFor<'provider-generation'> {
  return refused({ subject: on(id).subject, reason: 'provider-generation', generation, stated });
}

function noClass(id: string, { resourceClass }: Pick<Inventory, 'resourceClass'>): RefusedFor<'no-class'> {
  return refused({ subject: on(id).subject, reason: 'no-class', resourceClass, provider: null });
}

function on(id: string): { subject: PlacementResource; provider: string } {
  return { subject: { kind: 'provider', id }, provider: id };
}
