import type { Allocation, Inventory, PlacementEvent } from '@holdfast/events/placement/messages';
import { isStandardClass } from '@holdfast/events/placement/standard-classes';
import { isStandardTrait } from '@holdfast/events/placement/standard-traits';
import { PersistentMap } from '../persistent-map.js';

/** All that is decided on, of every provider and consumer. Immutable: each event gives a new one. */
export interface PlacementState {
  /** By id. */
  readonly providers: PersistentMap<Provider>;
  /** Id of the provider with a name: no two have the same. */
  readonly names: PersistentMap<string>;
  /** By id. Who holds nothing is not there. */
  readonly consumers: PersistentMap<Consumer>;
  /** By name: the classes besides the standard ones. */
  readonly customClasses: PersistentMap<true>;
  /** By name: the traits besides the standard ones. */
  readonly customTraits: PersistentMap<true>;
}

export interface Provider {
  readonly id: string;
  readonly name: string;
  readonly parent: string | null;
  /** How many providers have it as their parent. */
  readonly children: number;
  readonly generation: number;
  /** By class, in the order in which they are shown. */
  readonly inventories: ReadonlyMap<string, Inventory>;
  /**
   * By class, the sum of what all consumers hold of it, never 0. Kept, because a provider may have 100,000 consumers
   * and every request for it compares with the sum.
   */
  readonly usage: ReadonlyMap<string, number>;
  /** In the order in which they are shown. */
  readonly aggregates: readonly string[];
  readonly traits: readonly string[];
}

export interface Consumer {
  readonly id: string;
  readonly generation: number;
  readonly projectId: string;
  readonly userId: string;
  readonly consumerType: string | null;
  /** Never empty. */
  readonly allocations: readonly Allocation[];
}

export const nothingPlaced: PlacementState = {
  providers: PersistentMap.empty(),
  names: PersistentMap.empty(),
  consumers: PersistentMap.empty(),
  customClasses: PersistentMap.empty(),
  customTraits: PersistentMap.empty(),
};

export function isClass(state: PlacementState, resourceClass: string): boolean {
  return isStandardClass(resourceClass) || state.customClasses.has(resourceClass);
}

/** Which are standard ones depends on the log's level. */
export function isTrait(state: PlacementState, name: string, level: number): boolean {
  return isStandardTrait(name, level) || state.customTraits.has(name);
}

/** For what an event says exists. Throws where it does not, which is a bug. */
export function knownProvider(
  providers: PersistentMap<Provider>,
  id: string,
  { type }: Pick<PlacementEvent, 'type'>,
): Provider {
  const provider = providers.get(id);
  if (provider === undefined) throw new Error(`${type} names the provider ${id}, which does not exist`);
  return provider;
}
