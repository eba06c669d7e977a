import type { Stamp } from '@holdfast/events';
import type { Allocation, Amount, Inventory, PlacementEvent } from '@holdfast/events/placement/messages';
import { storable } from '../text.js';
import { unknownEvent } from '../unknown-event.js';
import type { AllocationTuple, AmountTuple, PlacementChange } from './change.js';

/**
 * What an event changes of providers, consumers, classes and traits; null when nothing. Pure. Throws UnknownEventError.
 */
export function projectPlacement(
  event: PlacementEvent,
  { sequence, time: changedAt }: Pick<Stamp, 'sequence' | 'time'>,
): PlacementChange | null {
  switch (event.type) {
    case 'placement.ProviderPut': {
      const [uuid, name] = [storable(event.provider), storable(event.name)];
      const parent = event.parent === null ? null : storable(event.parent);
      return { table: 'provider', op: 'put', uuid, name, parent, generation: event.generation, sequence, changedAt };
    }
    case 'placement.ProviderDeleted':
      return { table: 'provider', op: 'delete', uuid: storable(event.provider) };
    case 'placement.InventoriesSet': {
      const { provider, generation } = event;
      const inventories = event.inventories.map(storableInventory);
      return { table: 'provider', op: 'inventories', uuid: storable(provider), generation, inventories, changedAt };
    }
    case 'placement.ProviderAllocated': {
      const [provider, consumer] = [storable(event.provider), storable(event.consumer)];
      const { generation } = event;
      return {
        table: 'allocation',
        provider,
        generation,
        consumer,
        resources: amountTuples(event.resources),
        changedAt,
      };
    }
    case 'placement.ConsumerPut':
      return {
        table: 'consumer',
        op: 'put',
        uuid: storable(event.consumer),
        generation: event.generation,
        projectId: storable(event.projectId),
        userId: storable(event.userId),
        consumerType: event.consumerType === null ? null : storable(event.consumerType),
        allocations: event.allocations.map(allocationTuple),
        sequence,
        changedAt,
      };
    case 'placement.ConsumerDeleted':
      return { table: 'consumer', op: 'delete', uuid: storable(event.consumer) };
    case 'placement.ResourceClassCreated':
      return { table: 'class', op: 'put', name: storable(event.name), sequence, changedAt };
    case 'placement.ResourceClassRenamed':
      return { table: 'class', op: 'rename', name: storable(event.name), newName: storable(event.newName), changedAt };
    case 'placement.ResourceClassDeleted':
      return { table: 'class', op: 'delete', name: storable(event.name) };
    case 'placement.AggregatesSet': {
      const [uuid, aggregates] = [storable(event.provider), event.aggregates.map(storable)];
      return { table: 'provider', op: 'aggregates', uuid, generation: event.generation, aggregates, changedAt };
    }
    case 'placement.TraitsSet': {
      const [uuid, traits] = [storable(event.provider), event.traits.map(storable)];
      return { table: 'provider', op: 'traits', uuid, generation: event.generation, traits, changedAt };
    }
    case 'placement.TraitCreated':
      return { table: 'trait', op: 'put', name: storable(event.name), sequence, changedAt };
    case 'placement.TraitDeleted':
      return { table: 'trait', op: 'delete', name: storable(event.name) };
    case 'placement.RequestRefused':
      return null;
    default:
      return unknownEvent(event);
  }
}

function allocationTuple({ provider, resources }: Allocation): AllocationTuple {
  return [storable(provider), amountTuples(resources)];
}

function amountTuples(resources: readonly Amount[]): AmountTuple[] {
  return resources.map(({ resourceClass, amount }) => [storable(resourceClass), amount]);
}

/** Every member by name: what a decoder adds must not become part of a row. */
function storableInventory(given: Inventory): Inventory {
  return {
    resourceClass: storable(given.resourceClass),
    total: given.total,
    reserved: given.reserved,
    minUnit: given.minUnit,
    maxUnit: given.maxUnit,
    stepSize: given.stepSize,
    allocationRatio: given.allocationRatio,
  };
}
