import type { Command, Event } from '@holdfast/events';
import type { InventoriesSet, PlacementCommand, ProviderPut } from '@holdfast/events/placement/messages';
import { type Refusal, refusalIn } from '@holdfast/events/placement/refusals';
import { standardClasses } from '@holdfast/events/placement/standard-classes';
import type { TraitsSet } from '@holdfast/events/placement/traits';
import type { Answer } from '../replies.js';
import type { Decided } from '../submit.js';
import { PlacementError } from './errors.js';
import { refusalOf } from './refusals.js';
import {
  aggregatesView,
  classPath,
  classView,
  inventoriesView,
  inventoryView,
  providerPath,
  providerView,
  shownAt,
  traitPath,
  traitsView,
  type View,
} from './views.js';

/** What an answer is made of besides what was decided. */
export interface AnswerContext extends View {
  /** What was asked for; null where only the log knows. */
  command: Command | null;
  /** The root of a provider's tree, which no event says where it is not the provider itself. */
  root: string | null;
}

/** From which version on the creation of a provider shows it. */
const createdProviderShown = 20;

const noContent: Answer = { status: 204, body: undefined };

/**
 * The answer to an accepted or refused request, or the error that it gets: pure, so that a repeated one gets the same
 * again.
 */
export function answerOf({ outcome, events, decidedAt }: Decided, context: AnswerContext): Answer | PlacementError {
  const type = outcome.command as PlacementCommand['type'];
  const [first, ...others] = events.filter((event) => event.type === 'placement.RequestRefused').map(refusalIn);
  if (first !== undefined) return refusalOf(type, together(first, others), context.command);
  if (outcome.status !== 'accepted')
    return new PlacementError(409, outcome.reason === 'log-level' ? beforeItsLevel : `Refused: ${outcome.reason}`);
  switch (type) {
    case 'placement.ProviderCreationRequested':
      return providerCreated(one(events, 'placement.ProviderPut'), decidedAt, context);
    case 'placement.ProviderUpdateRequested': {
      const provider = one(events, 'placement.ProviderPut');
      return shownAt({ status: 200, body: providerShown(provider, context) }, decidedAt, context);
    }
    case 'placement.InventoriesReplacementRequested': {
      const body = inventoriesView(one(events, 'placement.InventoriesSet'));
      return shownAt({ status: 200, body }, decidedAt, context);
    }
    case 'placement.InventoryCreationRequested':
    case 'placement.InventoryUpdateRequested':
      return inventorySet(type, one(events, 'placement.InventoriesSet'), decidedAt, context);
    case 'placement.ResourceClassCreationRequested':
      return classCreated(events, context);
    case 'placement.ResourceClassRenamingRequested':
      return classRenamed(events, context);
    case 'placement.AggregatesReplacementRequested':
      return shownAt(
        { status: 200, body: aggregatesView(one(events, 'placement.AggregatesSet'), context) },
        decidedAt,
        context,
      );
    case 'placement.TraitsReplacementRequested':
      return traitsSet(one(events, 'placement.TraitsSet'), decidedAt, context);
    case 'placement.TraitCreationRequested':
      return traitCreated(events, decidedAt, context);
    case 'placement.TraitDeletionRequested':
    case 'placement.ProviderDeletionRequested':
    case 'placement.InventoryDeletionRequested':
    case 'placement.ResourceClassDeletionRequested':
    case 'placement.AllocationsReplacementRequested':
    case 'placement.AllocationsDeletionRequested':
      return noContent;
    default:
      return unknownCommand(type);
  }
}

const beforeItsLevel =
  'Aggregates and traits are kept in logs of level 3 and later: once no earlier version runs any more, `holdfast level raise`';

/** Several classes may be in the way at once: they are named as one. */
function together(first: Refusal, others: readonly Refusal[]): Refusal {
  if (first.reason !== 'inventory-in-use') return first;
  const inUse = [first, ...others.filter((each) => each.reason === 'inventory-in-use')];
  return { ...first, resourceClass: inOrder(inUse.map(({ resourceClass }) => resourceClass)).join(', ') };
}

/** The standard classes first, in their order. */
function inOrder(classes: readonly string[]): string[] {
  const rank = (name: string) => {
    const index = (standardClasses as readonly string[]).indexOf(name);
    return index < 0 ? standardClasses.length : index;
  };
  return [...classes].sort((a, b) => rank(a) - rank(b));
}

function providerCreated(provider: ProviderPut, decidedAt: number, context: AnswerContext): Answer {
  const headers = { location: providerPath(provider.provider) };
  if (context.version < createdProviderShown) return { status: 201, body: undefined, headers };
  return shownAt({ status: 200, body: providerShown(provider, context), headers }, decidedAt, context);
}

function providerShown({ provider: uuid, name, generation, parent }: ProviderPut, context: AnswerContext): object {
  return providerView({ uuid, name, generation, parent, root: context.root ?? uuid }, context);
}

function inventorySet(
  type: 'placement.InventoryCreationRequested' | 'placement.InventoryUpdateRequested',
  { provider, generation, inventories }: InventoriesSet,
  decidedAt: number,
  context: AnswerContext,
): Answer {
  const { command } = context;
  const asked = command !== null && 'inventory' in command ? command.inventory.resourceClass : null;
  const inventory = inventories.find(({ resourceClass }) => resourceClass === asked);
  const isNew = type === 'placement.InventoryCreationRequested';
  const status = isNew ? 201 : 200;
  if (inventory === undefined) return { status, body: inventoriesView({ generation, inventories }) };
  const headers: Record<string, string> = isNew ? { location: `${providerPath(provider)}/inventories/${asked}` } : {};
  const body = { ...inventoryView(inventory), resource_provider_generation: generation };
  return shownAt({ status, body, headers }, decidedAt, context);
}

/** A class that is called so already is accepted without an event. */
function classRenamed(events: readonly Event[], context: AnswerContext): Answer {
  const { command } = context;
  const renamed = events.find((event) => event.type === 'placement.ResourceClassRenamed');
  const asked = command?.type === 'placement.ResourceClassRenamingRequested' ? command.newName : null;
  const name = renamed?.newName ?? asked;
  return { status: 200, body: name === null ? {} : classView(name) };
}

/** A class that is there already is accepted without an event. */
function classCreated(events: readonly Event[], context: AnswerContext): Answer {
  const created = events.find((event) => event.type === 'placement.ResourceClassCreated');
  const asked = context.command !== null && 'name' in context.command ? context.command.name : null;
  const name = created?.name ?? asked;
  const headers: Record<string, string> = name === null ? {} : { location: classPath(name) };
  return { status: created === undefined ? 204 : 201, body: undefined, headers };
}

/** A deletion asks for none, and looks at no generation: it answers with nothing. */
function traitsSet({ traits, generation }: TraitsSet, decidedAt: number, context: AnswerContext): Answer {
  const { command } = context;
  if (command?.type === 'placement.TraitsReplacementRequested' && command.generation === null) return noContent;
  return shownAt({ status: 200, body: traitsView(traits, generation) }, decidedAt, context);
}

/** A trait that is there already is accepted without an event. */
function traitCreated(events: readonly Event[], decidedAt: number, context: AnswerContext): Answer {
  const created = events.find((event) => event.type === 'placement.TraitCreated');
  const { command } = context;
  const name = created?.name ?? (command?.type === 'placement.TraitCreationRequested' ? command.name : null);
  const headers: Record<string, string> = name === null ? {} : { location: traitPath(name) };
  const status = created === undefined ? 204 : 201;
  return shownAt({ status, body: undefined, headers }, decidedAt, context);
}

function one<Type extends Event['type']>(events: readonly Event[], type: Type): Extract<Event, { type: Type }> {
  const found = events.find((event) => event.type === type);
  if (found === undefined) throw new Error(`a request was accepted without ${type}`);
  return found as Extract<Event, { type: Type }>;
}

function unknownCommand(type: never): never {
  throw new Error(`no answer is known for ${type}`);
}
