import type { Reasons } from '@holdfast/core/placement/decision';
import type { Command } from '@holdfast/events';
import type {
  PlacementCommand,
  PlacementReason,
  ProviderCreationRequested,
  ProviderUpdateRequested,
} from '@holdfast/events/placement/messages';
import type { Refusal } from '@holdfast/events/placement/refusals';
import { errorCodes, PlacementError } from './errors.js';

/**
 * The answer to a request that was refused for one reason. `command`: what was asked for; null where it is not at hand,
 * and then some words are missing.
 */
type RefusalWords<T, C> = (refusal: T, command: C | null) => PlacementError;

type Asked<Type extends PlacementCommand['type']> = Extract<PlacementCommand, { type: Type }>;

/** Words for each reason for which each request may be refused: what is left out does not compile. */
type RefusalTable = {
  readonly [Type in PlacementCommand['type']]: {
    readonly [Reason in Reasons[Type]]: RefusalWords<Refusal<Reason>, Asked<Type>>;
  };
};

/** The answer to a request that was refused: status, code and words of the real one. */
export function refusalOf(type: PlacementCommand['type'], refusal: Refusal, command: Command | null): PlacementError {
  const words = byCommand[type] as Partial<Record<PlacementReason, RefusalWords<Refusal, Command>>>;
  const asked = command?.type === type ? command : null;
  return (words[refusal.reason] ?? general)(refusal, asked);
}

function notFound<T, C>(words: (refusal: T, command: C | null) => string): RefusalWords<T, C> {
  return (refusal, command) => new PlacementError(404, words(refusal, command));
}

function badRequest<T, C>(words: (refusal: T, command: C | null) => string): RefusalWords<T, C> {
  return (refusal, command) => new PlacementError(400, words(refusal, command));
}

function conflict<T, C>(
  words: (refusal: T, command: C | null) => string,
  code: (typeof errorCodes)[keyof typeof errorCodes] = errorCodes.undefined,
): RefusalWords<T, C> {
  return (refusal, command) => new PlacementError(409, words(refusal, command), { code });
}

/** Only for a decider that is newer than this process. */
const general: RefusalWords<Refusal, Command> = ({ reason }) => new PlacementError(409, `Refused: ${reason}`);

type OnInventory = Refusal<
  'inventory-exists' | 'no-inventory' | 'inventory-in-use' | 'outside-constraints' | 'over-capacity'
>;

const noProvider = notFound(({ subject }: Refusal) => `No resource provider with uuid ${subject.id} found`);
const noClass = ({ resourceClass }: Refusal<'no-class'>) => `No such resource class ${resourceClass}.`;
const inUse = ({ provider, resourceClass }: OnInventory) =>
  `Inventory for '${resourceClass}' on resource provider '${provider}' in use.`;
const staleProvider = conflict(() => 'resource provider generation conflict', errorCodes.concurrentUpdate);
const changedProvider = conflict(
  () => "Resource provider's generation already changed. Please update the generation and try again.",
  errorCodes.concurrentUpdate,
);

const creation = (reason: string) =>
  badRequest(
    ({ subject }: Refusal, command: ProviderCreationRequested | null) =>
      `Unable to create resource provider "${command?.name ?? ''}", ${subject.id}: Object action create failed because: ${reason}`,
  );
const update = (failure: string) =>
  badRequest(
    ({ subject }: Refusal, _: ProviderUpdateRequested | null) =>
      `Unable to save resource provider ${subject.id}: Object action ${failure}`,
  );
const noParent = 'parent provider UUID does not exist.';
const notCreated = ({ provider, resourceClass }: OnInventory, limit: string) =>
  `Unable to allocate inventory: Unable to create allocation for '${resourceClass}' on resource provider '${provider}'. The requested amount would ${limit}.`;

const byCommand: RefusalTable = {
  'placement.ProviderCreationRequested': {
    'provider-exists': conflict(
      ({ subject }) => `Conflicting resource provider uuid: ${subject.id} already exists.`,
      errorCodes.duplicateName,
    ),
    'provider-name-taken': conflict(
      (_, command) => `Conflicting resource provider name: ${command?.name ?? ''} already exists.`,
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
      (_, command) => `Conflicting resource provider ${command?.name ?? ''} already exists.`,
      errorCodes.duplicateName,
    ),
    'no-parent': update(`create failed because: ${noParent}`),
    'provider-may-not-move': (refusal, command) => {
      const how = refusal.parent === null ? 'un' : 're';
      const failure = `update failed because: ${how}-parenting a provider is not currently allowed.`;
      return update(failure)(refusal, command);
    },
    'provider-would-loop': update('update failed because: creating loop in the provider tree is not allowed.'),
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
      (refusal) =>
        `Unknown resource class in inventory for resource provider ${refusal.subject.id}: ${noClass(refusal)}`,
    ),
    'inventory-in-use': conflict((refusal) => `update conflict: ${inUse(refusal)}`, errorCodes.inventoryInUse),
  },
  'placement.InventoryCreationRequested': {
    'no-provider': noProvider,
    'no-class': badRequest(
      (refusal) => `Unable to create inventory for resource provider ${refusal.subject.id}: ${noClass(refusal)}`,
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
      ({ provider, resourceClass }) =>
        `No inventory record with resource class for resource provider ${provider}: No inventory of class ${resourceClass} found.`,
    ),
  },
  'placement.InventoryDeletionRequested': {
    'no-provider': noProvider,
    'no-class': notFound(
      (refusal) => `No inventory of class ${refusal.resourceClass} found for delete: ${noClass(refusal)}`,
    ),
    'no-inventory': notFound(
      ({ resourceClass: name }) =>
        `No inventory of class ${name} found for delete: No inventory of class ${name} found for delete`,
    ),
    'inventory-in-use': (refusal, command) => {
      const isAll = command?.resourceClass === null;
      if (isAll) return new PlacementError(409, inUse(refusal), { code: errorCodes.inventoryInUse });
      const words = `Unable to delete inventory of class ${refusal.resourceClass}: ${inUse(refusal)}`;
      return new PlacementError(409, words, { code: errorCodes.concurrentUpdate });
    },
  },
  'placement.ResourceClassCreationRequested': {
    'class-exists': conflict(({ subject }) => `Conflicting resource class already exists: ${subject.id}`),
  },
  'placement.ResourceClassRenamingRequested': {
    'no-class': notFound(noClass),
    'class-exists': conflict(({ resourceClass }) => `Resource class already exists: ${resourceClass}`),
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
    'no-provider': badRequest(({ provider }) => `Allocation for resource provider '${provider}' that does not exist.`),
    'no-class': badRequest((refusal, command) => {
      const isOne = command?.consumers.length === 1;
      return `Unable to allocate inventory${isOne ? ` for consumer ${refusal.subject.id}:` : ''} ${noClass(refusal)}`;
    }),
    'no-inventory': conflict(
      ({ resourceClass, provider }) =>
        `Unable to allocate inventory: Inventory for '${resourceClass}' on resource provider '${provider}' invalid.`,
    ),
    'outside-constraints': conflict((refusal) => notCreated(refusal, 'violate inventory constraints')),
    'over-capacity': conflict((refusal) => notCreated(refusal, 'exceed the capacity')),
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
