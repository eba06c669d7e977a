import type { Event } from './messages.js';

/** The key of an event's record: its resource. Events of the engine have the shard's id. SPEC rule 1. */
export function eventKey(event: Event, shard: string): string {
  if (event.type.startsWith('engine.')) return shard;
  if ('xname' in event) return event.xname;
  if ('kind' in event && 'name' in event) return `${event.kind}:${event.name}`;
  throw new Error(`an event without a resource: ${event.type}`);
}
