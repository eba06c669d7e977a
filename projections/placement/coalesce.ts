import type { Inventory } from '@holdfast/events/placement/messages';
import type {
  AllocationChange,
  AmountTuple,
  ConsumerChange,
  PlacementChange,
  ProviderChange,
  ResourceClassChange,
} from './change.js';

/** What many changes come to in a provider and its inventories, in the order of its members. */
export interface ProviderPatch {
  /** The rows that were there go first; without `put` they do not come back. */
  removed: boolean;
  put?: { name: string; parent: string | null; created: number };
  generation?: number;
  changedAt?: number;
  /** All of them. */
  inventories?: { rows: Inventory[]; changedAt: number };
  aggregates?: string[];
  traits?: { names: string[]; changedAt: number };
}

export interface AllocationPatch {
  provider: string;
  consumer: string;
  /** Null: there is none any more. */
  resources: AmountTuple[] | null;
}

/** One patch per row, so that a batch is a few statements, whatever it holds. */
export interface CoalescedPlacement {
  /** Nothing was there before: what is gone again leaves no patch. */
  empty: boolean;
  providers: Map<string, ProviderPatch>;
  allocations: Map<string, AllocationPatch>;
  /** Null: deleted. */
  consumers: Map<string, Extract<ConsumerChange, { op: 'put' }> | null>;
  /** Few, and in order: a name may go from one to another. */
  classes: ResourceClassChange[];
  /** Null: deleted. */
  traits: Map<string, { created: number; changedAt: number } | null>;
}

export function nothingOfPlacement({ empty }: { empty: boolean }): CoalescedPlacement {
  return { empty, providers: new Map(), allocations: new Map(), consumers: new Map(), classes: [], traits: new Map() };
}

/** Adds a change to what was coalesced before. */
export function coalescePlacement(change: PlacementChange, coalesced: CoalescedPlacement): void {
  switch (change.table) {
    case 'provider':
      coalesced.providers.set(change.uuid, patched(coalesced.providers.get(change.uuid) ?? { removed: false }, change));
      break;
    case 'allocation':
      allocate(change, coalesced);
      break;
    case 'consumer':
      if (change.op === 'put') coalesced.consumers.set(change.uuid, change);
      else if (coalesced.empty) coalesced.consumers.delete(change.uuid);
      else coalesced.consumers.set(change.uuid, null);
      break;
    case 'class':
      coalesced.classes.push(change);
      break;
    case 'trait':
      if (change.op === 'delete') coalesced.traits.set(change.name, null);
      else coalesced.traits.set(change.name, { created: change.sequence, changedAt: change.changedAt });
      break;
  }
}

function patched(patch: ProviderPatch, change: ProviderChange): ProviderPatch {
  switch (change.op) {
    case 'delete':
      return { removed: true };
    case 'put': {
      const { name, parent, generation, sequence, changedAt } = change;
      return { ...patch, put: { name, parent, created: patch.put?.created ?? sequence }, generation, changedAt };
    }
    case 'inventories': {
      const { generation, inventories: rows, changedAt } = change;
      return { ...patch, generation, changedAt, inventories: { rows, changedAt } };
    }
    case 'aggregates': {
      const { generation, aggregates, changedAt } = change;
      return { ...patch, generation, changedAt, aggregates };
    }
    case 'traits': {
      const { generation, traits: names, changedAt } = change;
      return { ...patch, generation, changedAt, traits: { names, changedAt } };
    }
  }
}

function allocate(change: AllocationChange, { empty, providers, allocations }: CoalescedPlacement): void {
  const { provider, consumer, generation, changedAt, resources } = change;
  providers.set(provider, { ...(providers.get(provider) ?? { removed: false }), generation, changedAt });
  const key = `${provider} ${consumer}`;
  if (resources.length > 0) allocations.set(key, { provider, consumer, resources });
  else if (empty) allocations.delete(key);
  else allocations.set(key, { provider, consumer, resources: null });
}
