import type {
  PlacementEvent,
  PlacementReason,
  ProviderCreationRequested,
  ProviderDeletionRequested,
  ProviderUpdateRequested,
} from '@holdfast/events/placement/messages';
import type { Decision } from '../decider.js';
import { accepted, refusal, refused } from './outcome.js';
import type { PlacementState, Provider } from './state.js';

/** A provider may not be its own parent, one that exists may be named once, and so may a name. */
export function createProvider(
  { provider: id, name, parent }: ProviderCreationRequested,
  { providers, names }: PlacementState,
): Decision<PlacementEvent> {
  if (parent === id) return refuse(id, 'provider-would-loop', parent);
  if (parent !== null && !providers.has(parent)) return refuse(id, 'no-parent', parent);
  if (providers.has(id)) return refuse(id, 'provider-exists');
  if (names.has(name)) return refuse(id, 'provider-name-taken');
  return accepted([{ type: 'placement.ProviderPut', provider: id, name, parent, generation: 0 }]);
}

/** Renames and moves. Inventories, allocations, children and generation stay; without any change there is an event all the same. */
export function updateProvider(command: ProviderUpdateRequested, state: PlacementState): Decision<PlacementEvent> {
  const { provider: id, name } = command;
  const provider = state.providers.get(id);
  if (provider === undefined) return refuse(id, 'no-provider');
  const parent = command.parent === null ? provider.parent : command.parent.provider;
  const reason = whyNotThere(state, provider, parent, command.mayMove);
  if (reason !== null) return refuse(id, reason, parent);
  if ((state.names.get(name) ?? id) !== id) return refuse(id, 'provider-name-taken');
  return accepted([{ type: 'placement.ProviderPut', provider: id, name, parent, generation: provider.generation }]);
}

export function deleteProvider(
  { provider: id }: ProviderDeletionRequested,
  { providers }: PlacementState,
): Decision<PlacementEvent> {
  const provider = providers.get(id);
  if (provider === undefined) return refuse(id, 'no-provider');
  if (provider.children > 0) return refuse(id, 'provider-has-children');
  if (provider.usage.size > 0) return refuse(id, 'provider-in-use');
  return accepted([{ type: 'placement.ProviderDeleted', provider: id }]);
}

/** Why a provider may not be under `parent`, or null where it may. */
function whyNotThere(
  state: PlacementState,
  provider: Provider,
  parent: string | null,
  mayMove: boolean,
): PlacementReason | null {
  if (parent !== null && !state.providers.has(parent)) return 'no-parent';
  if (parent === provider.parent) return null;
  if (provider.parent !== null && !mayMove) return 'provider-may-not-move';
  return isBelow(state, parent, provider.id) ? 'provider-would-loop' : null;
}

/** Whether `id` is `ancestor` itself or below it. */
function isBelow({ providers }: PlacementState, id: string | null, ancestor: string): boolean {
  for (let at = id; at !== null; at = providers.get(at)?.parent ?? null) if (at === ancestor) return true;
  return false;
}

/** `about` is the parent where that is what is wrong. */
function refuse(id: string, reason: PlacementReason, about: string | null = id): Decision<PlacementEvent> {
  return refused(refusal({ kind: 'provider', id }, reason, { provider: about }));
}
