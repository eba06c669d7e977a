import type { Codec, Event } from '@holdfast/events';

/**
 * The event of this type that a record holds. Null for any other, which is not decoded: it is for who looks through a
 * log for very few. Null also for one that is damaged: whoever reads the events in order says where.
 */
export function eventIn<T extends Event['type']>(
  codec: Codec,
  value: Uint8Array,
  type: T,
): Extract<Event, { type: T }> | null {
  if (codec.unframe(value)?.type !== type) return null;
  try {
    return codec.decodeEvent(value).event as Extract<Event, { type: T }>;
  } catch {
    return null;
  }
}
