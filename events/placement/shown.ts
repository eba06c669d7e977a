import type { ShownEvents, ShownFields } from '../showing.js';
import type { Allocation, Amount, Inventory, PlacementEvent } from './messages.js';

export const amountShown = { resourceClass: 'shown', amount: 'shown' } as const satisfies ShownFields<Amount>;
export const allocationShown = {
  provider: 'shown',
  resources: amountShown,
} as const satisfies ShownFields<Allocation>;
export const inventoryShown = {
  resourceClass: 'shown',
  total: 'shown',
  reserved: 'shown',
  minUnit: 'shown',
  maxUnit: 'shown',
  stepSize: 'shown',
  allocationRatio: 'shown',
} as const satisfies ShownFields<Inventory>;

const provider = { provider: 'shown' } as const;
const providerNow = { provider: 'shown', generation: 'shown' } as const;
const consumer = { consumer: 'shown' } as const;
const name = { name: 'shown' } as const;

/** What readers of the audit see of the module's events: it has no secrets. */
export const placementShown = {
  'placement.ProviderPut': { ...providerNow, name: 'shown', parent: 'shown' },
  'placement.ProviderDeleted': provider,
  'placement.InventoriesSet': { ...providerNow, inventories: inventoryShown },
  'placement.ProviderAllocated': { ...providerNow, consumer: 'shown', resources: amountShown },
  'placement.ConsumerPut': {
    ...consumer,
    generation: 'shown',
    projectId: 'shown',
    userId: 'shown',
    consumerType: 'shown',
    allocations: allocationShown,
  },
  'placement.ConsumerDeleted': consumer,
  'placement.ResourceClassCreated': name,
  'placement.ResourceClassRenamed': { ...name, newName: 'shown' },
  'placement.ResourceClassDeleted': name,
  'placement.AggregatesSet': { ...providerNow, aggregates: 'shown' },
  'placement.TraitsSet': { ...providerNow, traits: 'shown' },
  'placement.TraitCreated': name,
  'placement.TraitDeleted': name,
  'placement.RequestRefused': {
    subject: { kind: 'shown', id: 'shown' },
    reason: 'shown',
    provider: 'shown',
    resourceClass: 'shown',
    generation: 'shown',
    stated: 'shown',
    traits: 'shown',
  },
} as const satisfies ShownEvents<PlacementEvent>;
