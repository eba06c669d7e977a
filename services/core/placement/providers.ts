import type {
  PlacementResource,
  ProviderCreationRequested,
  ProviderDeletionRequested,
  ProviderUpdateRequested,
} from '@holdfast/events/placement/messages';
import type { Refusal } from '@holdfast/events/placement/refusals';
import { accepted, type DecisionOn, refused } from './decision.js';
import type { PlacementState, Provider } from './state.js';

/** A provider may not be its own parent, one that exists may be named once, and so may a name. */
export function createProvider(
  { provider: id, name, parent }: ProviderCreationRequested,
  { providers, names }: PlacementState,
): DecisionOn<'placement.ProviderCreationRequested'> {
  const subject = named(id);
  if (parent === id) return refused({ subject, reason: 'provider-would-loop', parent });
  if (parent !== null && !providers.has(parent)) return refused({ subject, reason: 'no-parent', parent });
  if (providers.has(id)) return refused({ subject, reason: 'provider-exists' });
  if (names.has(name)) return refused({ subject, reason: 'provider-name-taken' });
  return accepted([{ type: 'placement.ProviderPut', provider: id, name, parent, generation: 0 }]);
}

/**
 * Renames and moves. Inventories, allocations, children and generation stay; without any change there is an event all
 * the same.
 */
export function updateProvider(
  command: ProviderUpdateRequested,
  state: PlacementState,
): DecisionOn<'placement.ProviderUpdateRequested'> {
  const { provider: id, name } = command;
  const provider = state.providers.get(id);
  if (provider === undefined) return refused({ subject: named(id), reason: 'no-provider', provider: id });
  const parent = command.parent === null ? provider.parent : command.parent.provider;
  const whyNot = whyNotThere(state, provider, parent, command.mayMove);
  if (whyNot !== null) return refused(whyNot);
  if ((state.names.get(name) ?? id) !== id) return refused({ subject: named(id), reason: 'provider-name-taken' });
  return accepted([{ type: 'placement.ProviderPut', provider: id, name, parent, generation: provider.generation }]);
}

export function deleteProvider(
  { provider: id }: ProviderDeletionRequested,
  { providers }: PlacementState,
): DecisionOn<'placement.ProviderDeletionRequested'> {
  const subject = named(id);
  const provider = providers.get(id);
  if (provider === undefined) return refused({ subject, reason: 'no-provider', provider: id });
  if (provider.children > 0) return refused({ subject, reason: 'provider-has-children' });
  if (provider.usage.size > 0) return refused({ subject, reason: 'provider-in-use' });
  return accepted([{ type: 'placement.ProviderDeleted', provider: id }]);
}

/** Why a provider may not be under `parent`, or null where it may. */
function whyNotThere(
  state: PlacementState,
  provider: Provider,
  parent: string | null,
  mayMove: boolean,
): Refusal<'no-parent' | 'provider-may-not-move' | 'provider-would-loop'> | null {
  const subject = named(provider.id);
  if (parent !== null && !state.providers.has(parent)) return { subject, reason: 'no-parent', parent };
  if (parent === provider.parent) return null;
  if (provider.parent !== null && !mayMove) return { subject, reason: 'provider-may-not-move', parent };
  const loops = parent !== null && isBelow(state, parent, provider.id);
  return loops ? { subject, reason: 'provider-would-loop', parent } : null;
}

/** Whether `id` is `ancestor` itself or below it. */
function isBelow({ providers }: PlacementState, id: string, ancestor: string): boolean {
  for (let at: string | null = id; at !== null; at = providers.get(at)?.parent ?? null)
    if (at === ancestor) return true;
  return false;
}

function named(id: string): PlacementResource {
  return { kind: 'provider', id };
}
