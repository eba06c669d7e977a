import type { PlacementEvent } from '@holdfast/events/placement/messages';
import type { Restorer, SnapshotForm } from '../decider.js';
import { evolve } from './evolve.js';
import { nothingPlaced, type PlacementState, type Provider } from './state.js';

/**
 * A `PlacementState` is kept as the events that would make it, so what follows from them (sums, names) needs no form of
 * its own.
 */
export const placementSnapshot: SnapshotForm<PlacementState> = { snapshotVersion: 2, save, restorer };

function* save(state: PlacementState): Generator<PlacementEvent> {
  for (const [name] of state.customClasses.each()) yield { type: 'placement.ResourceClassCreated', name };
  for (const [name] of state.customTraits.each()) yield { type: 'placement.TraitCreated', name };
  for (const { id, name, parent, generation, inventories, aggregates, traits } of parentsFirst(state)) {
    yield { type: 'placement.ProviderPut', provider: id, name, parent, generation };
    const all = [...inventories.values()];
    if (all.length > 0) yield { type: 'placement.InventoriesSet', provider: id, generation, inventories: all };
    if (aggregates.length > 0)
      yield { type: 'placement.AggregatesSet', provider: id, generation, aggregates: [...aggregates] };
    if (traits.length > 0) yield { type: 'placement.TraitsSet', provider: id, generation, traits: [...traits] };
  }
  for (const [, { id, allocations, ...owned }] of state.consumers.each()) {
    yield { type: 'placement.ConsumerPut', consumer: id, ...owned, allocations: [...allocations] };
  }
}

function* parentsFirst({ providers }: PlacementState): Generator<Provider> {
  const given = new Set<string>();
  for (const [, provider] of providers.each()) {
    const chain: Provider[] = [];
    for (let at: Provider | undefined = provider; at !== undefined && !given.has(at.id); ) {
      chain.push(at);
      given.add(at.id);
      at = at.parent === null ? undefined : providers.get(at.parent);
    }
    yield* chain.reverse();
  }
}

function restorer(): Restorer<PlacementState> {
  let state = nothingPlaced;
  return {
    take(piece) {
      state = evolve(state, piece as PlacementEvent);
    },
    state: () => state,
  };
}
