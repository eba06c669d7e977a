import type { Event } from './messages.js';
import type { Place, Resource } from './module.js';
import { messageSets } from './modules.js';

const places = new Map<string, Place<Event>>(
  messageSets.flatMap((set) => Object.entries(set.places) as [string, Place<Event>][]),
);

/** Undefined for an event that this version does not know. */
export function placeOf({ type }: Pick<Event, 'type'>): Place<Event> | undefined {
  return places.get(type);
}

/** The key of an event's record: its resource. Events of the engine have the shard's id. SPEC rule 1. */
export function eventKey(event: Event, shard: string): string {
  return places.get(event.type)!.key(event, shard);
}

/** What an event is on, if that has a history. Null of an event that is not known. */
export function resourceOf(event: Event): Resource | null {
  return places.get(event.type)?.resource(event) ?? null;
}
