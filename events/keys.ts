import type { EngineEvent } from './engine.js';
import type { Event } from './messages.js';
import { isOfPlacement, placementResource } from './placement/resource.js';

/** The key of an event's record: its resource. Events of the engine have the shard's id. SPEC rule 1. */
export function eventKey(event: Event, shard: string): string {
  if (isOfPlacement(event)) return placementResource(event).id;
  if ('xname' in event) return event.xname;
  if ('kind' in event) return `${event.kind}:${event.name}`;
  // Does not compile once a module has events with a resource of another form.
  event satisfies EngineEvent;
  return shard;
}
