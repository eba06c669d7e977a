import type { PlacementCommand, PlacementEvent } from '@holdfast/events/placement/messages';
import type { Decision, DecisionContext } from '../decider.js';
import { deleteAllocations, replaceAllocations } from './allocations.js';
import { createClass, deleteClass, renameClass } from './classes.js';
import { createInventory, deleteInventory, replaceInventories, updateInventory } from './inventories.js';
import { createProvider, deleteProvider, updateProvider } from './providers.js';
import type { PlacementState } from './state.js';
import { createTrait, deleteTrait, replaceAggregates, replaceTraits } from './traits.js';

/** From which level of the log on providers have aggregates and traits. SPEC rule 13. */
const traitsLevel = 3;

/**
 * What a command makes happen: all of it, or a refusal for one reason. Ids are normalised; a consumer comes once in a
 * request, a provider once in a consumer, a class, trait or aggregate once in a list; amounts are at least 1.
 */
export function decide(
  command: PlacementCommand,
  state: PlacementState,
  { level }: Pick<DecisionContext, 'level'>,
): Decision<PlacementEvent> {
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
    case 'placement.AggregatesReplacementRequested':
      return level < traitsLevel ? beforeItsLevel : replaceAggregates(command, state);
    case 'placement.TraitsReplacementRequested':
      return level < traitsLevel ? beforeItsLevel : replaceTraits(command, state, level);
    case 'placement.TraitCreationRequested':
      return level < traitsLevel ? beforeItsLevel : createTrait(command, state, level);
    case 'placement.TraitDeletionRequested':
      return level < traitsLevel ? beforeItsLevel : deleteTrait(command, state, level);
  }
}

/** Without an event: what is only known from that level on gets into no log before it. */
const beforeItsLevel: Decision<PlacementEvent> = { events: [], status: 'refused', total: 1, reason: 'log-level' };
