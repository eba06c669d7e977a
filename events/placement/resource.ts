import type { Event } from '../messages.js';
import type { PlacementEvent, PlacementResource } from './messages.js';

/** Whether an event is one of this module's. */
export function isOfPlacement(event: Event): event is PlacementEvent {
  return event.type.startsWith('placement.');
}

/** What an event is on. A `ProviderAllocated` is on the provider: its consumer has an event of its own. */
export function placementResource(event: PlacementEvent): PlacementResource {
  switch (event.type) {
    case 'placement.ProviderPut':
    case 'placement.ProviderDeleted':
    case 'placement.InventoriesSet':
    case 'placement.ProviderAllocated':
    case 'placement.AggregatesSet':
    case 'placement.TraitsSet':
      return { kind: 'provider', id: event.provider };
    case 'placement.ConsumerPut':
    case 'placement.ConsumerDeleted':
      return { kind: 'consumer', id: event.consumer };
    case 'placement.ResourceClassCreated':
    case 'placement.ResourceClassRenamed':
    case 'placement.ResourceClassDeleted':
      return { kind: 'class', id: event.name };
    case 'placement.TraitCreated':
    case 'placement.TraitDeleted':
      return { kind: 'trait', id: event.name };
    case 'placement.RequestRefused':
      return event.subject;
  }
}
