import type {
  CollectionDeletionRequested,
  CollectionPutRequested,
  ComponentsDeletionRequested,
  ComponentsPutRequested,
  CrayEvent,
} from '@holdfast/events';
import type { Steps } from '@holdfast/events/steps';
import type { Decision } from '../decider.js';
import { deletionRule } from './rules.js';
import { select } from './selection.js';
import { nothingAddressed, refusal, settle } from './settle.js';
import { type CrayState, collectionsOf } from './state.js';

/** What the inventory's commands make happen. In outcomes of collections, the collection is what counts as addressed. */

/** Creates components or replaces what is known of them; lock, reservation and disabled state stay. */
export function putComponents({ components }: ComponentsPutRequested): Decision<CrayEvent> {
  const events = components.map(
    ({ xname, properties }): CrayEvent => ({ type: 'cray.ComponentPut', xname, properties }),
  );
  return { events, status: 'accepted', total: components.length, reason: null };
}

/** Deletes those that exist, and is refused where none does. Collections keep their members. */
export function* deleteComponents({ ids }: ComponentsDeletionRequested, state: CrayState): Steps<Decision<CrayEvent>> {
  // An empty list of ids selects every component, but must not delete every component.
  if (ids?.length === 0) return nothingAddressed;
  const targets = yield* select(state, { ids: ids ?? [], criteria: [] });
  if (targets.length === 0) return nothingAddressed;
  // Each for itself, as in a flexible call, but the call as such fails where nothing was there to delete.
  const noneExists = targets.every(({ found }) => found === null);
  return yield* settle(targets, noneExists, deletionRule);
}

/** Refused with Exists where the name is taken, or where a partition would share a component with another: it may be in one only. */
export function putCollection(
  { kind, name, description, members }: CollectionPutRequested,
  state: CrayState,
): Decision<CrayEvent> {
  const taken = collectionsOf(state, kind).get(name.toLowerCase()) !== undefined;
  if (taken || (kind === 'partition' && sharesMembers(state, members))) {
    return { events: [refusal(name, 'Exists')], status: 'refused', total: 1, reason: 'Exists' };
  }
  const event: CrayEvent = { type: 'cray.CollectionPut', kind, name, description, members };
  return { events: [event], status: 'accepted', total: 1, reason: null };
}

export function deleteCollection({ kind, name }: CollectionDeletionRequested, state: CrayState): Decision<CrayEvent> {
  const collection = collectionsOf(state, kind).get(name.toLowerCase());
  if (collection === undefined) {
    return { events: [refusal(name, 'NotFound')], status: 'refused', total: 1, reason: 'NotFound' };
  }
  const event: CrayEvent = { type: 'cray.CollectionDeleted', kind, name: collection.name };
  return { events: [event], status: 'accepted', total: 1, reason: null };
}

function sharesMembers(state: CrayState, members: readonly string[]): boolean {
  return state.partitions.values().some((partition) => members.some((xname) => partition.members.has(xname)));
}
