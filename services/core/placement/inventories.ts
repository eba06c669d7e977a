import type {
  InventoriesReplacementRequested,
  Inventory,
  InventoryCreationRequested,
  InventoryDeletionRequested,
  InventoryUpdateRequested,
  PlacementEvent,
  PlacementReason,
} from '@holdfast/events/placement/messages';
import type { Decision } from '../decider.js';
import { type About, accepted, type Refusal, refusal, refused } from './outcome.js';
import { isClass, type PlacementState, type Provider } from './state.js';

/** Replaces all. What allocations use may shrink, below what is in use too, but not vanish. */
export function replaceInventories(
  { provider: id, generation, inventories }: InventoriesReplacementRequested,
  state: PlacementState,
): Decision<PlacementEvent> {
  const provider = state.providers.get(id);
  if (provider === undefined) return refuse(id, 'no-provider');
  if (provider.generation !== generation) return staleGeneration(provider, generation);
  const unknown = inventories.find(({ resourceClass }) => !isClass(state, resourceClass));
  if (unknown !== undefined) return refuse(id, 'no-class', unknown);
  return setTo(provider, inventories);
}

export function createInventory(
  { provider: id, inventory }: InventoryCreationRequested,
  state: PlacementState,
): Decision<PlacementEvent> {
  const provider = state.providers.get(id);
  if (provider === undefined) return refuse(id, 'no-provider');
  if (!isClass(state, inventory.resourceClass)) return refuse(id, 'no-class', inventory);
  if (provider.inventories.has(inventory.resourceClass)) return refuse(id, 'inventory-exists', inventory);
  return setTo(provider, [...provider.inventories.values(), inventory]);
}

export function updateInventory(
  { provider: id, generation, inventory }: InventoryUpdateRequested,
  state: PlacementState,
): Decision<PlacementEvent> {
  const provider = state.providers.get(id);
  if (provider === undefined) return refuse(id, 'no-provider');
  if (provider.generation !== generation) return staleGeneration(provider, generation);
  const { resourceClass } = inventory;
  if (!isClass(state, resourceClass)) return refuse(id, 'no-class', inventory);
  if (!provider.inventories.has(resourceClass)) return refuse(id, 'no-inventory', inventory);
  const others = [...provider.inventories.values()];
  return setTo(
    provider,
    others.map((each) => (each.resourceClass === resourceClass ? inventory : each)),
  );
}

/** One, or all of them, which succeeds also where there are none. */
export function deleteInventory(
  { provider: id, resourceClass }: InventoryDeletionRequested,
  state: PlacementState,
): Decision<PlacementEvent> {
  const provider = state.providers.get(id);
  if (provider === undefined) return refuse(id, 'no-provider');
  if (resourceClass === null) return setTo(provider, []);
  if (!isClass(state, resourceClass)) return refuse(id, 'no-class', { resourceClass });
  if (!provider.inventories.has(resourceClass)) return refuse(id, 'no-inventory', { resourceClass });
  return setTo(
    provider,
    [...provider.inventories.values()].filter((each) => each.resourceClass !== resourceClass),
  );
}

/** The generation rises also where nothing changes, as a caller that was told of a success counts on. */
function setTo(
  { id, generation, usage, inventories: before }: Provider,
  inventories: readonly Inventory[],
): Decision<PlacementEvent> {
  const kept = new Set(inventories.map(({ resourceClass }) => resourceClass));
  const inUse = [...before.keys()]
    .filter((resourceClass) => usage.has(resourceClass) && !kept.has(resourceClass))
    .map((resourceClass) => refusalFor(id, 'inventory-in-use', { resourceClass }));
  const [first, ...others] = inUse;
  if (first !== undefined) return refused(first, 1, ...others);
  const event = { type: 'placement.InventoriesSet', provider: id, generation: generation + 1 } as const;
  return accepted([{ ...event, inventories: [...inventories] }]);
}

function staleGeneration({ id, generation }: Provider, stated: number): Decision<PlacementEvent> {
  return refuse(id, 'provider-generation', { generation, stated });
}

function refuse(id: string, reason: PlacementReason, about: About = {}): Decision<PlacementEvent> {
  return refused(refusalFor(id, reason, about));
}

function refusalFor(id: string, reason: PlacementReason, about: About): Refusal {
  const { resourceClass = null, generation = null, stated = null } = about;
  return refusal({ kind: 'provider', id }, reason, { provider: id, resourceClass, generation, stated });
}
