import type { Allocation, Amount, ConsumerPut, PlacementEvent, ProviderPut } from '@holdfast/events/placement/messages';
import type { PersistentMap } from '../persistent-map.js';
import { knownProvider, type PlacementState, type Provider } from './state.js';

/** The state after an event. Throws where the event contradicts the state, which is a bug: `decide` made it. */
export function evolve(state: PlacementState, event: PlacementEvent): PlacementState {
  switch (event.type) {
    case 'placement.ProviderPut':
      return putProvider(state, event);
    case 'placement.ProviderDeleted': {
      const { id, name, parent } = knownProvider(state.providers, event.provider, event);
      const providers = withChildren(state.providers.delete(id), parent, -1);
      return { ...state, providers, names: state.names.delete(name) };
    }
    case 'placement.InventoriesSet': {
      const { generation } = event;
      const inventories = new Map(event.inventories.map((each) => [each.resourceClass, each]));
      const provider = { ...knownProvider(state.providers, event.provider, event), generation, inventories };
      return { ...state, providers: state.providers.set(provider.id, provider) };
    }
    case 'placement.ProviderAllocated': {
      // Who holds what, and what the provider's use comes to, follows from the consumer's own event.
      const provider = { ...knownProvider(state.providers, event.provider, event), generation: event.generation };
      return { ...state, providers: state.providers.set(provider.id, provider) };
    }
    case 'placement.ConsumerPut':
      return putConsumer(state, event);
    case 'placement.ConsumerDeleted': {
      const { consumer: id } = event;
      const consumer = state.consumers.get(id);
      if (consumer === undefined) throw new Error(`${event.type} names the consumer ${id}, which does not exist`);
      const providers = withUsage(state.providers, consumer.allocations, -1, event);
      return { ...state, providers, consumers: state.consumers.delete(id) };
    }
    case 'placement.ResourceClassCreated':
      return { ...state, customClasses: state.customClasses.set(event.name, true) };
    case 'placement.ResourceClassRenamed':
      return { ...state, customClasses: state.customClasses.delete(event.name).set(event.newName, true) };
    case 'placement.ResourceClassDeleted':
      return { ...state, customClasses: state.customClasses.delete(event.name) };
    case 'placement.AggregatesSet':
    case 'placement.TraitsSet': {
      const { type: _, provider: id, ...marked } = event;
      const provider = { ...knownProvider(state.providers, id, event), ...marked };
      return { ...state, providers: state.providers.set(id, provider) };
    }
    case 'placement.TraitCreated':
      return { ...state, customTraits: state.customTraits.set(event.name, true) };
    case 'placement.TraitDeleted':
      return { ...state, customTraits: state.customTraits.delete(event.name) };
    case 'placement.RequestRefused':
      return state;
  }
}

const unmarked = { aggregates: [], traits: [] };

function putProvider(state: PlacementState, event: ProviderPut): PlacementState {
  const { provider: id, name, parent, generation } = event;
  const before = state.providers.get(id);
  if (parent !== null) knownProvider(state.providers, parent, event);
  const kept = before ?? { id, children: 0, inventories: new Map(), usage: new Map(), ...unmarked };
  let providers = state.providers.set(id, { ...kept, name, parent, generation });
  let { names } = state;
  if (before !== undefined) {
    providers = withChildren(providers, before.parent, -1);
    names = names.delete(before.name);
  }
  return { ...state, providers: withChildren(providers, parent, 1), names: names.set(name, id) };
}

function putConsumer(state: PlacementState, event: ConsumerPut): PlacementState {
  const { consumer: id, generation, projectId, userId, consumerType, allocations } = event;
  const before = state.consumers.get(id)?.allocations ?? [];
  const givenBack = withUsage(state.providers, before, -1, event);
  const providers = withUsage(givenBack, allocations, 1, event);
  const consumer = { id, generation, projectId, userId, consumerType, allocations };
  return { ...state, providers, consumers: state.consumers.set(id, consumer) };
}

function withChildren(
  providers: PersistentMap<Provider>,
  parent: string | null,
  change: 1 | -1,
): PersistentMap<Provider> {
  if (parent === null) return providers;
  const provider = providers.get(parent)!;
  return providers.set(parent, { ...provider, children: provider.children + change });
}

function withUsage(
  providers: PersistentMap<Provider>,
  allocations: readonly Allocation[],
  sign: 1 | -1,
  event: PlacementEvent,
): PersistentMap<Provider> {
  let after = providers;
  for (const { provider: id, resources } of allocations) {
    const provider = knownProvider(after, id, event);
    after = after.set(id, { ...provider, usage: changed(provider.usage, resources, sign) });
  }
  return after;
}

function changed(
  usage: ReadonlyMap<string, number>,
  resources: readonly Amount[],
  sign: 1 | -1,
): ReadonlyMap<string, number> {
  const sums = new Map(usage);
  for (const { resourceClass, amount } of resources) {
    const sum = (sums.get(resourceClass) ?? 0) + sign * amount;
    if (sum === 0) sums.delete(resourceClass);
    else sums.set(resourceClass, sum);
  }
  return sums;
}
