import type { Event } from './messages.js';
import { messageSets } from './modules.js';
import { type FieldsShown, type ShownEvents, type ShownOf, shownPart } from './showing.js';

/*
 * What readers of the audit see of each event: histories, streams, the command line. Only what is listed as shown. A
 * module decides in its message set.
 */

/** The list of one type, of the module that it is of. */
type ListOf<T> = (typeof messageSets)[number]['shown'] & Readonly<Record<string, unknown>> extends infer S
  ? S extends Readonly<Record<T & string, infer L>>
    ? L
    : never
  : never;

/** An event of that type without the fields that are withheld. */
export type ShownEvent<T extends Event['type']> = { type: T } & ShownOf<
  Omit<Extract<Event, { type: T }>, 'type'>,
  ListOf<T>
>;

export const shownFields: ShownEvents<Event> = Object.assign({}, ...messageSets.map(({ shown }) => shown));

/** What may be seen of an event's fields, those within others too. Of a type that is not known, nothing. Pure. */
export function shownDetail(type: string, fields: object): Record<string, unknown> {
  if (!Object.hasOwn(shownFields, type)) return {};
  return shownPart(shownFields[type as Event['type']] as FieldsShown, fields) as Record<string, unknown>;
}
