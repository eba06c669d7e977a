import type { Command } from '@holdfast/events';
import type { PlacementCommand, PlacementRequestRefused } from '@holdfast/events/placement/messages';
import { errorCodes, PlacementError } from './errors.js';

interface Refused extends PlacementRequestRefused {
  /** What was asked for; null where it is not at hand, and then some words are missing. */
  command: Command | null;
}

type Refusal = (refused: Refused) => PlacementError;

/** The answer to a request that was refused: status, code and words of the real one. */
export function refusalOf(
  type: PlacementCommand['type'],
  event: PlacementRequestRefused,
  command: Command | null,
): PlacementError {
  return (byCommand[type][event.reason] ?? general)({ ...event, command });
}

type Refusals = Partial<Record<PlacementRequestRefused['reason'], Refusal>>;

const notFound = (words: (refused: Refused) => string): Refusal => {
  return (refused) => new PlacementError(404, words(refused));
};
const badRequest = (words: (refused: Refused) => string): Refusal => {
  return (refused) => new PlacementError(400, words(refused));
};
const conflict = (
  words: (refused: Refused) => string,
  code: (typeof errorCodes)[keyof typeof errorCodes] = errorCodes.undefined,
): Refusal => {
  return (refused) => new PlacementError(409, words(refused), { code });
};

/** Only for a decider that is newer than this process. */
const general: Refusal = ({ reason }) => new PlacementError(409, `Refused: ${reason}`);

const provider = ({ subject, provider: named }: Refused) => named ?? subject.id;
const noProvider = notFound(({ subject }) => `No resource provider with uuid ${subject.id} found`);
const noClass = (refused: Refused) => `No such resource class ${refused.resourceClass ?? refused.subject.id}.`;
const inUse = (refused: Refused) =>
  `Inventory for '${refused.resourceClass}' on resource provider '${provider(refused)}' in use.`;
const staleProvider = conflict(() => 'resource provider generation conflict', errorCodes.concurrentUpdate);
const changedProvider = conflict(
  () => "Resource provider's generation already changed. Please update the generation and try again.",
  errorCodes.concurrentUpdate,
);
const named = ({ command }: Refused) => (command !== null && 'name' in command ? command.name : '');

const creation = (reason: string): Refusal =>
  badRequest(
    (refused) =>
      `Unable to create resource provider "${named(refused)}", ${refused.subject.id}: Object action create failed because: ${reason}`,
  );
const update = (reason: (refused: Refused) => string): Refusal =>
  badRequest((refused) => `Unable to save resource provider ${refused.subject.id}: Object action ${reason(refused)}`);
const noParent = 'parent provider UUID does not exist.';
const wasToHaveNone = ({ command }: Refused) =>
  command?.type === 'placement.ProviderUpdateRequested' && command.parent?.provider === null;
const allocation = (words: (refused: Refused) => string): Refusal =>
  conflict((refused) => `Unable to allocate inventory: ${words(refused)}`);
const notCreated = (refused: Refused, limit: string) =>
  `Unable to create allocation for '${refused.resourceClass}' on resource provider '${refused.provider}'. The requested amount would ${limit}.`;
const consumersOf = ({ command }: Refused) =>
  command?.type === 'placement.AllocationsReplacementRequested' ? command.consumers : [];

const byCommand: Record<PlacementCommand['type'], Refusals> = {
  'placement.ProviderCreationRequested': {
    'provider-exists': conflict(
      ({ subject }) => `Conflicting resource provider uuid: ${subject.id} already exists.`,
      errorCodes.duplicateName,
    ),
    'provider-name-taken': conflict(
      (refused) => `Conflicting resource provider name: ${named(refused)} already exists.`,
      errorCodes.duplicateName,
    ),
    'no-parent': creation(noParent),
    'provider-would-loop': creation(
      'parent provider UUID cannot be same as UUID. Please set parent provider UUID to None if there is no parent.',
    ),
  },
  'placement.ProviderUpdateRequested': {
    'no-provider': noProvider,
    'provider-name-taken': conflict(
      (refused) => `Conflicting resource provider ${named(refused)} already exists.`,
      errorCodes.duplicateName,
    ),
    'no-parent': update(() => `create failed because: ${noParent}`),
    'provider-may-not-move': update(
      (refused) =>
        `update failed because: ${wasToHaveNone(refused) ? 'un' : 're'}-parenting a provider is not currently allowed.`,
    ),
    'provider-would-loop': update(() => 'update failed because: creating loop in the provider tree is not allowed.'),
  },
  'placement.ProviderDeletionRequested': {
    'no-provider': notFound(({ subject }) => `No resource provider with uuid ${subject.id} found for delete`),
    'provider-in-use': conflict(
      ({ subject }) => `Unable to delete resource provider ${subject.id}: Resource provider has allocations.`,
      errorCodes.providerInUse,
    ),
    'provider-has-children': conflict(
      ({ subject }) => `Unable to delete parent resource provider ${subject.id}: It has child resource providers.`,
      errorCodes.providerHasChildren,
    ),
  },
  'placement.InventoriesReplacementRequested': {
    'no-provider': noProvider,
    'provider-generation': staleProvider,
    'no-class': badRequest(
      (refused) =>
        `Unknown resource class in inventory for resource provider ${provider(refused)}: ${noClass(refused)}`,
    ),
    'inventory-in-use': conflict((refused) => `update conflict: ${inUse(refused)}`, errorCodes.inventoryInUse),
  },
  'placement.InventoryCreationRequested': {
    'no-provider': noProvider,
    'no-class': badRequest(
      (refused) => `Unable to create inventory for resource provider ${provider(refused)}: ${noClass(refused)}`,
    ),
    'inventory-exists': conflict(
      ({ resourceClass }) => `Update conflict: There is an inventory of class ${resourceClass} already.`,
      errorCodes.concurrentUpdate,
    ),
  },
  'placement.InventoryUpdateRequested': {
    'no-provider': noProvider,
    'provider-generation': staleProvider,
    'no-class': notFound(noClass),
    'no-inventory': badRequest(
      (refused) =>
        `No inventory record with resource class for resource provider ${provider(refused)}: No inventory of class ${refused.resourceClass} found.`,
    ),
  },
  'placement.InventoryDeletionRequested': {
    'no-provider': noProvider,
    'no-class': notFound(
      (refused) => `No inventory of class ${refused.resourceClass} found for delete: ${noClass(refused)}`,
    ),
    'no-inventory': notFound(
      ({ resourceClass: name }) =>
        `No inventory of class ${name} found for delete: No inventory of class ${name} found for delete`,
    ),
    'inventory-in-use': (refused) => {
      const { command, resourceClass } = refused;
      const isAll = command?.type === 'placement.InventoryDeletionRequested' && command.resourceClass === null;
      if (isAll) return new PlacementError(409, inUse(refused), { code: errorCodes.inventoryInUse });
      const words = `Unable to delete inventory of class ${resourceClass}: ${inUse(refused)}`;
      return new PlacementError(409, words, { code: errorCodes.concurrentUpdate });
    },
  },
  'placement.ResourceClassCreationRequested': {
    'class-exists': conflict(({ subject }) => `Conflicting resource class already exists: ${subject.id}`),
  },
  'placement.ResourceClassRenamingRequested': {
    'no-class': notFound(noClass),
    'class-exists': conflict(({ command, subject }) => {
      const name = command?.type === 'placement.ResourceClassRenamingRequested' ? command.newName : subject.id;
      return `Resource class already exists: ${name}`;
    }),
    'class-is-standard': badRequest(({ subject }) => `Cannot update standard resource class ${subject.id}`),
  },
  'placement.ResourceClassDeletionRequested': {
    'no-class': notFound(noClass),
    'class-is-standard': badRequest(
      ({ subject }) => `Error in delete resource class: Cannot delete standard resource class ${subject.id}.`,
    ),
    'class-in-use': conflict(
      ({ subject }) =>
        `Error in delete resource class: Cannot delete resource class ${subject.id}. Class is in use in inventory.`,
    ),
  },
  'placement.AllocationsReplacementRequested': {
    'no-provider': badRequest(
      (refused) => `Allocation for resource provider '${refused.provider}' that does not exist.`,
    ),
    'no-class': badRequest((refused) => {
      const isOne = consumersOf(refused).length === 1;
      return `Unable to allocate inventory${isOne ? ` for consumer ${refused.subject.id}:` : ''} ${noClass(refused)}`;
    }),
    'no-inventory': allocation(
      ({ resourceClass, provider: uuid }) => `Inventory for '${resourceClass}' on resource provider '${uuid}' invalid.`,
    ),
    'outside-constraints': allocation((refused) => notCreated(refused, 'violate inventory constraints')),
    'over-capacity': allocation((refused) => notCreated(refused, 'exceed the capacity')),
    'consumer-generation': conflict(
      ({ generation, stated }) =>
        `consumer generation conflict - expected ${generation ?? 'null'} but got ${stated ?? 'None'}`,
      errorCodes.concurrentUpdate,
    ),
  },
  'placement.AggregatesReplacementRequested': { 'no-provider': noProvider, 'provider-generation': changedProvider },
  'placement.TraitsReplacementRequested': {
    'no-provider': noProvider,
    'provider-generation': changedProvider,
    'no-trait': badRequest(({ traits }) => `No such trait ${traits.join(', ')}`),
  },
  'placement.TraitCreationRequested': {},
  'placement.TraitDeletionRequested': {
    'no-trait': notFound(({ subject }) => `No such trait(s): ${subject.id}.`),
    'trait-is-standard': badRequest(({ subject }) => `Cannot delete standard trait ${subject.id}.`),
    'trait-in-use': conflict(({ subject }) => `The trait ${subject.id} is in use by a resource provider.`),
  },
  'placement.AllocationsDeletionRequested': {
    'no-allocations': notFound(({ subject }) => `No allocations for consumer '${subject.id}'`),
  },
};
