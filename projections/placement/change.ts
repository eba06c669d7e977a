import type { Inventory } from '@holdfast/events/placement/messages';

/** So much of a resource class. */
export type AmountTuple = [resourceClass: string, amount: number];

/** What a consumer has of a provider. */
export type AllocationTuple = [provider: string, resources: AmountTuple[]];

/** Times are log time, in milliseconds since 1970; `sequence` is that of the event. */
export type PlacementChange = ProviderChange | AllocationChange | ConsumerChange | ResourceClassChange | TraitChange;

export type ProviderChange =
  /** Creates it, or changes these and keeps its inventories. */
  | {
      table: 'provider';
      op: 'put';
      uuid: string;
      name: string;
      parent: string | null;
      generation: number;
      sequence: number;
      changedAt: number;
    }
  | { table: 'provider'; op: 'delete'; uuid: string }
  /** All of them. */
  | {
      table: 'provider';
      op: 'inventories';
      uuid: string;
      generation: number;
      inventories: Inventory[];
      changedAt: number;
    }
  /** All of them. */
  | {
      table: 'provider';
      op: 'aggregates';
      uuid: string;
      generation: number;
      aggregates: string[];
      changedAt: number;
    }
  /** All of them. */
  | { table: 'provider'; op: 'traits'; uuid: string; generation: number; traits: string[]; changedAt: number };

/** Also of the provider's generation. Without resources it is none any more. */
export interface AllocationChange {
  table: 'allocation';
  provider: string;
  generation: number;
  consumer: string;
  resources: AmountTuple[];
  changedAt: number;
}

export type ConsumerChange =
  | {
      table: 'consumer';
      op: 'put';
      uuid: string;
      generation: number;
      projectId: string;
      userId: string;
      consumerType: string | null;
      allocations: AllocationTuple[];
      sequence: number;
      changedAt: number;
    }
  | { table: 'consumer'; op: 'delete'; uuid: string };

/** The custom ones. */
export type ResourceClassChange =
  | { table: 'class'; op: 'put'; name: string; sequence: number; changedAt: number }
  /** It keeps its place among the others. */
  | { table: 'class'; op: 'rename'; name: string; newName: string; changedAt: number }
  | { table: 'class'; op: 'delete'; name: string };

/** The custom ones. */
export type TraitChange =
  | { table: 'trait'; op: 'put'; name: string; sequence: number; changedAt: number }
  | { table: 'trait'; op: 'delete'; name: string };
