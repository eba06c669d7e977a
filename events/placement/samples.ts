import type { OneOfEach } from '../module.js';
import type { PlacementCommand, PlacementEvent } from './messages.js';

const provider = '5a9f1c3e-1111-4111-8111-5c2f6d0a7b01';
const consumer = '5a9f1c3e-2222-4222-8222-5c2f6d0a7b02';
const resources = [{ resourceClass: 'VCPU', amount: 2 }];
const allocations = [{ provider, resources }];
const inventory = {
  resourceClass: 'VCPU',
  total: 64,
  reserved: 4,
  minUnit: 1,
  maxUnit: 16,
  stepSize: 1,
  allocationRatio: 1.5,
};
const owned = { projectId: 'p1', userId: 'u1', consumerType: 'INSTANCE' };
const customClass = { name: 'CUSTOM_TAPE' };
const traits = ['HW_CPU_X86_AVX', 'CUSTOM_FAST'];

const commands: OneOfEach<PlacementCommand> = {
  'placement.ProviderCreationRequested': {
    type: 'placement.ProviderCreationRequested',
    provider,
    name: 'rack 1',
    parent: null,
  },
  'placement.ProviderUpdateRequested': {
    type: 'placement.ProviderUpdateRequested',
    provider,
    name: 'rack 2',
    parent: { provider: null },
    mayMove: true,
  },
  'placement.ProviderDeletionRequested': { type: 'placement.ProviderDeletionRequested', provider },
  'placement.InventoriesReplacementRequested': {
    type: 'placement.InventoriesReplacementRequested',
    provider,
    generation: 3,
    inventories: [inventory],
  },
  'placement.InventoryCreationRequested': { type: 'placement.InventoryCreationRequested', provider, inventory },
  'placement.InventoryUpdateRequested': {
    type: 'placement.InventoryUpdateRequested',
    provider,
    generation: 3,
    inventory,
  },
  'placement.InventoryDeletionRequested': {
    type: 'placement.InventoryDeletionRequested',
    provider,
    resourceClass: null,
  },
  'placement.ResourceClassCreationRequested': {
    type: 'placement.ResourceClassCreationRequested',
    ...customClass,
    mayExist: true,
  },
  'placement.ResourceClassRenamingRequested': {
    type: 'placement.ResourceClassRenamingRequested',
    ...customClass,
    newName: 'CUSTOM_DISC',
  },
  'placement.ResourceClassDeletionRequested': { type: 'placement.ResourceClassDeletionRequested', ...customClass },
  'placement.AllocationsReplacementRequested': {
    type: 'placement.AllocationsReplacementRequested',
    consumers: [{ consumer, ...owned, generation: { expected: null }, allocations }],
  },
  'placement.AllocationsDeletionRequested': { type: 'placement.AllocationsDeletionRequested', consumer },
  'placement.AggregatesReplacementRequested': {
    type: 'placement.AggregatesReplacementRequested',
    provider,
    generation: 3,
    aggregates: [consumer],
  },
  'placement.TraitsReplacementRequested': {
    type: 'placement.TraitsReplacementRequested',
    provider,
    generation: null,
    traits,
  },
  'placement.TraitCreationRequested': { type: 'placement.TraitCreationRequested', name: 'CUSTOM_FAST' },
  'placement.TraitDeletionRequested': { type: 'placement.TraitDeletionRequested', name: 'CUSTOM_FAST' },
};

const events: OneOfEach<PlacementEvent> = {
  'placement.ProviderPut': { type: 'placement.ProviderPut', provider, name: 'rack 1', parent: null, generation: 0 },
  'placement.ProviderDeleted': { type: 'placement.ProviderDeleted', provider },
  'placement.InventoriesSet': {
    type: 'placement.InventoriesSet',
    provider,
    generation: 1,
    inventories: [inventory],
  },
  'placement.ProviderAllocated': { type: 'placement.ProviderAllocated', provider, generation: 2, consumer, resources },
  'placement.ConsumerPut': { type: 'placement.ConsumerPut', consumer, generation: 1, ...owned, allocations },
  'placement.ConsumerDeleted': { type: 'placement.ConsumerDeleted', consumer },
  'placement.ResourceClassCreated': { type: 'placement.ResourceClassCreated', ...customClass },
  'placement.ResourceClassRenamed': {
    type: 'placement.ResourceClassRenamed',
    ...customClass,
    newName: 'CUSTOM_DISC',
  },
  'placement.ResourceClassDeleted': { type: 'placement.ResourceClassDeleted', ...customClass },
  'placement.AggregatesSet': { type: 'placement.AggregatesSet', provider, generation: 4, aggregates: [consumer] },
  'placement.TraitsSet': { type: 'placement.TraitsSet', provider, generation: 5, traits },
  'placement.TraitCreated': { type: 'placement.TraitCreated', name: 'CUSTOM_FAST' },
  'placement.TraitDeleted': { type: 'placement.TraitDeleted', name: 'CUSTOM_FAST' },
  'placement.RequestRefused': {
    type: 'placement.RequestRefused',
    subject: { kind: 'consumer', id: consumer },
    reason: 'over-capacity',
    provider,
    resourceClass: 'VCPU',
    generation: null,
    stated: null,
    traits: [],
  },
};

export const placementSamples = { commands, events };
