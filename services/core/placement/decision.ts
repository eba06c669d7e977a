import type { PlacementCommand, PlacementEvent, PlacementReason } from '@holdfast/events/placement/messages';
import { type Refusal, refusedEvent } from '@holdfast/events/placement/refusals';
import type { Accepted, Refused } from '../decider.js';

/** What each request may be refused for: whoever answers has words for each of these. */
export interface Reasons extends Record<PlacementCommand['type'], PlacementReason> {
  'placement.ProviderCreationRequested':
    | 'provider-would-loop'
    | 'no-parent'
    | 'provider-exists'
    | 'provider-name-taken';
  'placement.ProviderUpdateRequested':
    | 'no-provider'
    | 'no-parent'
    | 'provider-may-not-move'
    | 'provider-would-loop'
    | 'provider-name-taken';
  'placement.ProviderDeletionRequested': 'no-provider' | 'provider-has-children' | 'provider-in-use';
  'placement.InventoriesReplacementRequested': 'no-provider' | 'provider-generation' | 'no-class' | 'inventory-in-use';
  'placement.InventoryCreationRequested': 'no-provider' | 'no-class' | 'inventory-exists';
  'placement.InventoryUpdateRequested': 'no-provider' | 'provider-generation' | 'no-class' | 'no-inventory';
  'placement.InventoryDeletionRequested': 'no-provider' | 'no-class' | 'no-inventory' | 'inventory-in-use';
  'placement.ResourceClassCreationRequested': 'class-exists';
  'placement.ResourceClassRenamingRequested': 'no-class' | 'class-is-standard' | 'class-exists';
  'placement.ResourceClassDeletionRequested': 'no-class' | 'class-is-standard' | 'class-in-use';
  'placement.AllocationsReplacementRequested':
    | 'consumer-generation'
    | 'no-provider'
    | 'no-class'
    | 'no-inventory'
    | 'outside-constraints'
    | 'over-capacity';
  'placement.AllocationsDeletionRequested': 'no-allocations';
  'placement.AggregatesReplacementRequested': 'no-provider' | 'provider-generation';
  'placement.TraitsReplacementRequested': 'no-provider' | 'provider-generation' | 'no-trait';
  'placement.TraitCreationRequested': never;
  'placement.TraitDeletionRequested': 'no-trait' | 'trait-is-standard' | 'trait-in-use';
}

/** What is decided on a request of that type. */
export type DecisionOn<Type extends PlacementCommand['type']> = Accepted<PlacementEvent> | RefusedFor<Reasons[Type]>;

export type RefusedFor<Reason extends PlacementReason> = Refused<PlacementEvent> & { reason: Reason };

/**
 * A request is refused as a whole, for the first reason found; where that is several things at once, there is an event
 * for each. `total` counts the consumers asked for, else it is 1.
 */
export function refused<T extends Refusal>(first: T, total = 1, ...others: T[]): RefusedFor<T['reason']> {
  return { events: [first, ...others].map(refusedEvent), status: 'refused', total, reason: first.reason };
}

export function accepted(events: PlacementEvent[], total = 1): Accepted<PlacementEvent> {
  return { events, status: 'accepted', total };
}
