import type { PlacementCommand, PlacementEvent } from '@holdfast/events';
import type { Decision } from '../decider.js';
import { deleteAllocations, replaceAllocations } from './allocations.js';
import { createClass, deleteClass, renameClass } from './classes.js';
import { createInventory, deleteInventory, replaceInventories, updateInventory } from './inventories.js';
import { createProvider, deleteProvider, updateProvider } from './providers.js';
import type { PlacementState } from './state.js';

/**
 * What a command makes happen: all of it, or a refusal for one reason. Ids are normalised; a consumer comes once in a request, a provider
 * once in a consumer, a class once in a list; amounts are at least 1.
 */
export function decide(command: PlacementCommand, state: PlacementState): Decision<PlacementEvent> {
  switch (command.type) {
    case 'placement.ProviderCreationRequested':
      return createProvider(command, state);
    case 'placement.ProviderUpdateRequested':
      return updateProvider(command, state);
    case 'placement.ProviderDeletionRequested':
      return deleteProvider(command, state);
    case 'placement.InventoriesReplacementRequested':
      return replaceInventories(command, state);
    case 'placement.InventoryCreationRequested':
      return createInventory(command, state);
    case 'placement.InventoryUpdateRequested':
      return updateInventory(command, state);
    case 'placement.InventoryDeletionRequested':
      return deleteInventory(command, state);
    case 'placement.ResourceClassCreationRequested':
      return createClass(command, state);
    case 'placement.ResourceClassRenamingRequested':
      return renameClass(command, state);
    case 'placement.ResourceClassDeletionRequested':
      return deleteClass(command, state);
    case 'placement.AllocationsReplacementRequested':
      return replaceAllocations(command, state);
    case 'placement.AllocationsDeletionRequested':
      return deleteAllocations(command, state);
  }
}
