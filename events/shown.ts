import { crayShown } from './cray/shown.js';
import { engineShown } from './engine-shown.js';
import type { Event } from './messages.js';
import { placementShown } from './placement/shown.js';
import { type FieldsShown, type ShownEvents, type ShownOf, shownPart } from './showing.js';

/*
 * What readers of the audit see of each event: histories, streams, the command line. Only what is listed as shown. A module decides
 * beside its messages, and joins here.
 */

const shownEvents = { ...engineShown, ...crayShown, ...placementShown };

/** An event of that type without the fields that are withheld. */
export type ShownEvent<T extends Event['type']> = { type: T } & ShownOf<
  Omit<Extract<Event, { type: T }>, 'type'>,
  (typeof shownEvents)[T]
>;

/** The list of every type of event; a type that is not in it does not compile. */
export const shownFields: ShownEvents<Event> = shownEvents;

/** What may be seen of an event's fields, those within others too. Of a type that is not known, nothing. Pure. */
export function shownDetail(type: string, fields: object): Record<string, unknown> {
  if (!Object.hasOwn(shownFields, type)) return {};
  return shownPart(shownFields[type as Event['type']] as FieldsShown, fields) as Record<string, unknown>;
}
