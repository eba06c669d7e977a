import type { Inventory, PlacementEvent } from '@holdfast/events/placement/messages';
import { amountTuple } from './amounts.js';
import type { AllocationTuple, AmountTuple } from './change.js';

/** What the log says of an id after an event: that of a provider, of a consumer, or of both. Kept as JSON. */
export interface PlacedState {
  provider?: ProviderState;
  consumer?: ConsumerState;
}

export interface ProviderState {
  name: string;
  parent: string | null;
  generation: number;
  inventories: InventoryTuple[];
  /** What is allocated of it. A class of which nothing is has none. */
  used: AmountTuple[];
  /**
   * Sequences of the AggregatesSet and the TraitsSet in force: there is such a row for every event, and these may be
   * long. Absent: none.
   */
  aggregates?: number;
  traits?: number;
}

export interface ConsumerState {
  generation: number;
  projectId: string;
  userId: string;
  consumerType: string | null;
  allocations: AllocationTuple[];
}

/** The rest is as in Inventory. There is such a row for every event, so names are not repeated in it. */
export type InventoryTuple = [
  resourceClass: string,
  total: number,
  reserved: number,
  minUnit: number,
  maxUnit: number,
  stepSize: number,
  allocationRatio: number,
];

/** The consumer whose state is looked at: what it had of the provider is not used any more. */
export function lookedAt(event: PlacementEvent): string | null {
  return event.type === 'placement.ProviderAllocated' ? event.consumer : null;
}

/**
 * The state of the resource that an event is on, after it; null where there is nothing any more. `sequence` is the
 * event's, and `stateOf` says what others are. What needs a provider leaves an unknown one unknown. Pure.
 */
export function placedAfter(
  before: PlacedState | null,
  event: PlacementEvent,
  sequence: number,
  stateOf: (id: string) => PlacedState | null,
): PlacedState | null {
  const after = changedBy(before ?? nothing, event, sequence, stateOf);
  return after.provider === undefined && after.consumer === undefined ? null : after;
}

const nothing: PlacedState = {};

function changedBy(
  before: PlacedState,
  event: PlacementEvent,
  sequence: number,
  stateOf: (id: string) => PlacedState | null,
): PlacedState {
  switch (event.type) {
    case 'placement.ProviderPut': {
      const { name, parent, generation } = event;
      return { ...before, provider: { inventories: [], used: [], ...before.provider, name, parent, generation } };
    }
    case 'placement.ProviderDeleted': {
      const { provider: _, ...rest } = before;
      return rest;
    }
    case 'placement.InventoriesSet': {
      if (before.provider === undefined) return before;
      const { generation, inventories } = event;
      return { ...before, provider: { ...before.provider, generation, inventories: inventories.map(inventoryTuple) } };
    }
    case 'placement.ProviderAllocated': {
      if (before.provider === undefined) return before;
      const { generation, provider: id, resources } = event;
      const had = stateOf(event.consumer)?.consumer?.allocations.find(([of]) => of === id)?.[1] ?? [];
      const used = moved(before.provider.used, had, resources.map(amountTuple));
      return { ...before, provider: { ...before.provider, generation, used } };
    }
    case 'placement.AggregatesSet':
    case 'placement.TraitsSet': {
      if (before.provider === undefined) return before;
      const set = event.type === 'placement.TraitsSet' ? { traits: sequence } : { aggregates: sequence };
      return { ...before, provider: { ...before.provider, generation: event.generation, ...set } };
    }
    case 'placement.ConsumerPut': {
      const { generation, projectId, userId, consumerType } = event;
      const allocations = event.allocations.map(
        ({ provider, resources }): AllocationTuple => [provider, resources.map(amountTuple)],
      );
      return { ...before, consumer: { generation, projectId, userId, consumerType, allocations } };
    }
    case 'placement.ConsumerDeleted': {
      const { consumer: _, ...rest } = before;
      return rest;
    }
    default:
      // The message set knows every type; no other changes the state of a provider or consumer.
      return before;
  }
}

/** So much less of these, and so much more of those. */
function moved(
  used: readonly AmountTuple[],
  less: readonly AmountTuple[],
  more: readonly AmountTuple[],
): AmountTuple[] {
  const sums = new Map(used);
  for (const [of, amount] of less) sums.set(of, (sums.get(of) ?? 0) - amount);
  for (const [of, amount] of more) sums.set(of, (sums.get(of) ?? 0) + amount);
  return [...sums].filter(([, amount]) => amount !== 0);
}

function inventoryTuple(given: Inventory): InventoryTuple {
  const { resourceClass, total, reserved, minUnit, maxUnit, stepSize, allocationRatio } = given;
  return [resourceClass, total, reserved, minUnit, maxUnit, stepSize, allocationRatio];
}

export function inventoryOf(tuple: InventoryTuple): Inventory {
  const [resourceClass, total, reserved, minUnit, maxUnit, stepSize, allocationRatio] = tuple;
  return { resourceClass, total, reserved, minUnit, maxUnit, stepSize, allocationRatio };
}
