import type {
  CollectionChangeRequested,
  CollectionDeletionRequested,
  CollectionKind,
  CollectionPutRequested,
  CollectionReason,
  CrayEvent,
} from '@holdfast/events/cray/messages';
import type { Steps } from '@holdfast/events/steps';
import type { Decision } from '../decider.js';
import { targetsPerStep } from './selection.js';
import { refusal } from './settle.js';
import { type Collection, type CrayState, collectionsOf } from './state.js';

/** What commands on groups and partitions make happen. The collection is what counts as addressed. */

/**
 * Refused with Exists where the name is taken, with Exclusive where a member may be in one only and is in another.
 * Before level 4 that was Exists, too.
 */
export function* putCollection(
  { kind, name, description, members, tags, exclusiveGroup }: CollectionPutRequested,
  state: CrayState,
  level: number,
): Steps<Decision<CrayEvent>> {
  if (collectionsOf(state, kind).get(name.toLowerCase()) !== undefined) return refused(name, 'Exists');
  const elsewhere = yield* inAnother(state, { kind, key: name.toLowerCase(), exclusiveGroup, members });
  if (elsewhere !== null) return level < 4 ? refused(name, 'Exists') : refused(elsewhere, 'Exclusive');
  const event: CrayEvent = { type: 'cray.CollectionPut', kind, name, description, members, tags, exclusiveGroup };
  return accepted(event);
}

/** All or nothing: who is to come must not be there, nor in another of an exclusive set, and who is to go must. */
export function* changeCollection(
  { kind, name, description, tags, added, removed }: CollectionChangeRequested,
  state: CrayState,
): Steps<Decision<CrayEvent>> {
  const collection = collectionsOf(state, kind).get(name.toLowerCase());
  if (collection === undefined) return refused(name, 'NotFound');
  const { members, exclusiveGroup } = collection;
  for (const xname of added) if (members.has(xname)) return refused(xname, 'IsMember');
  for (const xname of removed) if (!members.has(xname)) return refused(xname, 'NoMember');
  const elsewhere = yield* inAnother(state, { kind, key: name.toLowerCase(), exclusiveGroup, members: added });
  if (elsewhere !== null) return refused(elsewhere, 'Exclusive');
  return accepted({ type: 'cray.CollectionChanged', kind, name: collection.name, description, tags, added, removed });
}

export function deleteCollection({ kind, name }: CollectionDeletionRequested, state: CrayState): Decision<CrayEvent> {
  const collection = collectionsOf(state, kind).get(name.toLowerCase());
  if (collection === undefined) return refused(name, 'NotFound');
  return accepted({ type: 'cray.CollectionDeleted', kind, name: collection.name });
}

interface Membership {
  kind: CollectionKind;
  key: string;
  exclusiveGroup: string;
  members: readonly string[];
}

/**
 * The first of these that is in another collection which it may not be in beside this one: partitions, and the groups
 * of one exclusive set.
 */
function* inAnother(state: CrayState, { kind, key, exclusiveGroup, members }: Membership): Steps<string | null> {
  if (kind === 'group' && exclusiveGroup === '') return null;
  const others: Collection[] = [];
  for (const [other, collection] of collectionsOf(state, kind).each()) {
    if (other !== key && (kind === 'partition' || collection.exclusiveGroup === exclusiveGroup))
      others.push(collection);
  }
  for (const [n, xname] of members.entries()) {
    if (n > 0 && n % targetsPerStep === 0) yield;
    if (others.some((other) => other.members.has(xname))) return xname;
  }
  return null;
}

function accepted(event: CrayEvent): Decision<CrayEvent> {
  return { events: [event], status: 'accepted', total: 1 };
}

function refused(xname: string, reason: CollectionReason | 'NotFound'): Decision<CrayEvent> {
  return { events: [refusal(xname, reason)], status: 'refused', total: 1, reason };
}
