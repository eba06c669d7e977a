import type { PlacementCommand } from '@holdfast/events/placement/messages';
import type { CommandTable } from '../module.js';

/** None is so large that others would have to wait for it. */
const size = () => 0;
const onProvider = { counts: null, key: ({ provider }: { provider: string }) => provider, size } as const;
/** Of resource classes and traits. */
const onName = { counts: null, key: () => null, size } as const;

/** What is to be known of each command. */
export const placementCommands: CommandTable<PlacementCommand> = {
  'placement.ProviderCreationRequested': { noun: 'creation of a provider', ...onProvider },
  'placement.ProviderUpdateRequested': { noun: 'change of a provider', ...onProvider },
  'placement.ProviderDeletionRequested': { noun: 'deletion of a provider', ...onProvider },
  'placement.InventoriesReplacementRequested': { noun: 'change of inventories', ...onProvider },
  'placement.InventoryCreationRequested': { noun: 'creation of an inventory', ...onProvider },
  'placement.InventoryUpdateRequested': { noun: 'change of an inventory', ...onProvider },
  'placement.InventoryDeletionRequested': { noun: 'deletion of inventories', ...onProvider },
  'placement.ResourceClassCreationRequested': { noun: 'creation of a resource class', ...onName },
  'placement.ResourceClassRenamingRequested': { noun: 'renaming of a resource class', ...onName },
  'placement.ResourceClassDeletionRequested': { noun: 'deletion of a resource class', ...onName },
  'placement.AggregatesReplacementRequested': { noun: 'change of aggregates', ...onProvider },
  'placement.TraitsReplacementRequested': { noun: 'change of traits', ...onProvider },
  'placement.TraitCreationRequested': { noun: 'creation of a trait', ...onName },
  'placement.TraitDeletionRequested': { noun: 'deletion of a trait', ...onName },
  'placement.AllocationsReplacementRequested': {
    noun: 'allocation',
    counts: 'consumer',
    key: ({ consumers }) => consumers[0]?.consumer ?? null,
    size,
  },
  'placement.AllocationsDeletionRequested': {
    noun: 'release',
    counts: 'consumer',
    key: ({ consumer }) => consumer,
    size,
  },
};
