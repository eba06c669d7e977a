import type { TraitCommand, TraitEvent, TraitReason } from './traits.js';

/**
 * Commands and events of the `placement` module: counted resources of providers, and who holds how many of them.
 *
 * A provider has an inventory per resource class and a generation, which every change of its inventories, and every
 * allocation of its resources, raises by one. A consumer has allocations of several providers, and a generation of its
 * own. Providers and consumers are UUIDs, lower case with dashes. Contract: OpenStack Placement 1.0 to 1.39.
 */

/** So many units of a resource class. */
export interface Amount {
  resourceClass: string;
  amount: number;
}

/** What a provider has of a resource class. `(total - reserved) * allocationRatio` can be allocated. */
export interface Inventory {
  resourceClass: string;
  total: number;
  reserved: number;
  /** An allocation is at least `minUnit`, at most `maxUnit`, and a multiple of `stepSize`. */
  minUnit: number;
  maxUnit: number;
  stepSize: number;
  allocationRatio: number;
}

/** What a consumer holds of one provider. */
export interface Allocation {
  provider: string;
  resources: Amount[];
}

/** What a consumer is to hold, instead of all that it held. */
export interface ConsumerRequest {
  consumer: string;
  projectId: string;
  userId: string;
  /** Null: as it was; a new consumer has none. */
  consumerType: string | null;
  /**
   * The generation that the caller has seen, null in it for a consumer that does not exist; null instead of it: not
   * looked at.
   */
  generation: { expected: number | null } | null;
  /** Each provider once. Empty: the consumer ceases to exist. */
  allocations: Allocation[];
}

export interface ProviderCreationRequested {
  type: 'placement.ProviderCreationRequested';
  provider: string;
  name: string;
  parent: string | null;
}
export interface ProviderUpdateRequested {
  type: 'placement.ProviderUpdateRequested';
  provider: string;
  name: string;
  /** Null: left as it is. */
  parent: { provider: string | null } | null;
  /** Whether a provider that has a parent may get another or none. */
  mayMove: boolean;
}
export interface ProviderDeletionRequested {
  type: 'placement.ProviderDeletionRequested';
  provider: string;
}
/** All inventories of a provider at once. */
export interface InventoriesReplacementRequested {
  type: 'placement.InventoriesReplacementRequested';
  provider: string;
  /** The provider's, as the caller has seen it. */
  generation: number;
  inventories: Inventory[];
}
export interface InventoryCreationRequested {
  type: 'placement.InventoryCreationRequested';
  provider: string;
  inventory: Inventory;
}
export interface InventoryUpdateRequested {
  type: 'placement.InventoryUpdateRequested';
  provider: string;
  generation: number;
  inventory: Inventory;
}
export interface InventoryDeletionRequested {
  type: 'placement.InventoryDeletionRequested';
  provider: string;
  /** Null: all. */
  resourceClass: string | null;
}
export interface ResourceClassCreationRequested {
  type: 'placement.ResourceClassCreationRequested';
  name: string;
  /** Accepted, without an event, where there is such a class already. */
  mayExist: boolean;
}
export interface ResourceClassRenamingRequested {
  type: 'placement.ResourceClassRenamingRequested';
  name: string;
  newName: string;
}
export interface ResourceClassDeletionRequested {
  type: 'placement.ResourceClassDeletionRequested';
  name: string;
}
/** All consumers or none. */
export interface AllocationsReplacementRequested {
  type: 'placement.AllocationsReplacementRequested';
  consumers: ConsumerRequest[];
}
export interface AllocationsDeletionRequested {
  type: 'placement.AllocationsDeletionRequested';
  consumer: string;
}

export type PlacementCommand =
  | ProviderCreationRequested
  | ProviderUpdateRequested
  | ProviderDeletionRequested
  | InventoriesReplacementRequested
  | InventoryCreationRequested
  | InventoryUpdateRequested
  | InventoryDeletionRequested
  | ResourceClassCreationRequested
  | ResourceClassRenamingRequested
  | ResourceClassDeletionRequested
  | AllocationsReplacementRequested
  | AllocationsDeletionRequested
  | TraitCommand;

/** A provider was created, renamed or moved. Its generation is 0 when it is new, and stays as it is else. */
export interface ProviderPut {
  type: 'placement.ProviderPut';
  provider: string;
  name: string;
  parent: string | null;
  generation: number;
}
export interface ProviderDeleted {
  type: 'placement.ProviderDeleted';
  provider: string;
}
/** The inventories of a provider, all of them, after a change of any. */
export interface InventoriesSet {
  type: 'placement.InventoriesSet';
  provider: string;
  generation: number;
  inventories: Inventory[];
}
/**
 * What a consumer holds of a provider from now on; with no resources, nothing. One event per consumer and provider
 * whose holding or generation changes.
 */
export interface ProviderAllocated {
  type: 'placement.ProviderAllocated';
  provider: string;
  generation: number;
  consumer: string;
  resources: Amount[];
}
/** A consumer and all that it holds, which is never nothing. */
export interface ConsumerPut {
  type: 'placement.ConsumerPut';
  consumer: string;
  generation: number;
  projectId: string;
  userId: string;
  consumerType: string | null;
  allocations: Allocation[];
}
/** It holds nothing any more. */
export interface ConsumerDeleted {
  type: 'placement.ConsumerDeleted';
  consumer: string;
}
export interface ResourceClassCreated {
  type: 'placement.ResourceClassCreated';
  name: string;
}
export interface ResourceClassRenamed {
  type: 'placement.ResourceClassRenamed';
  name: string;
  newName: string;
}
export interface ResourceClassDeleted {
  type: 'placement.ResourceClassDeleted';
  name: string;
}
/** Why nothing changed. What it is about comes after the reason, as far as the reason needs it. */
export interface PlacementRequestRefused {
  type: 'placement.RequestRefused';
  /** The provider, consumer, class or trait that the request was for. */
  subject: { kind: PlacementResource['kind']; id: string };
  reason: PlacementReason;
  provider: string | null;
  resourceClass: string | null;
  /** For `provider-generation` and `consumer-generation`: as it is, and as the caller said; null: no such consumer. */
  generation: number | null;
  stated: number | null;
  /** For `no-trait`: those that there are not. */
  traits: string[];
}

export type PlacementReason =
  | 'no-provider'
  | 'no-parent'
  | 'provider-exists'
  | 'provider-name-taken'
  | 'provider-may-not-move'
  | 'provider-would-loop'
  | 'provider-in-use'
  | 'provider-has-children'
  | 'provider-generation'
  | 'no-class'
  | 'class-exists'
  | 'class-is-standard'
  | 'class-in-use'
  | 'inventory-exists'
  | 'no-inventory'
  | 'inventory-in-use'
  | 'outside-constraints'
  | 'over-capacity'
  | 'consumer-generation'
  | 'no-allocations'
  | TraitReason;

export type PlacementEvent =
  | ProviderPut
  | ProviderDeleted
  | InventoriesSet
  | ProviderAllocated
  | ConsumerPut
  | ConsumerDeleted
  | ResourceClassCreated
  | ResourceClassRenamed
  | ResourceClassDeleted
  | TraitEvent
  | PlacementRequestRefused;

/** What an event of the module is on. */
export interface PlacementResource {
  kind: 'provider' | 'consumer' | 'class' | 'trait';
  id: string;
}
