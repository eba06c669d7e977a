import type { ShardSecret } from './secret.js';
import type { ShownEvents } from './showing.js';
import type { Upcaster } from './upcaster.js';

interface Message {
  type: string;
}

/** One of every message, complete by type. */
export type OneOfEach<M extends Message> = { [T in M['type']]: Extract<M, { type: T }> };

/**
 * A module's messages, and what the engine needs to know of each: a type that is left out does not compile. The types
 * of its commands and events begin with its name and a dot; its schemas are in the folder of that name in `schemas`.
 */
export interface MessageSet<C extends Message, E extends Message, G = null> {
  name: NameIn<(C | E)['type']>;
  /**
   * The level that it came with: `newestLevel` of the version before, and one. A log below it has none of its messages,
   * as it has not recorded what their ids mean. SPEC rule 13.
   */
  since: number;
  /** For golden bytes and tests. */
  samples: { commands: OneOfEach<C>; events: OneOfEach<E> };
  places: { readonly [T in E['type']]: Place<Extract<E, { type: T }>> };
  /** What readers of the audit see, down to the last field. */
  shown: ShownEvents<E>;
  /** The level from which on a schema version is written, where that is not `since`. */
  levels: { readonly [V in VersionOf<C | E>]?: number };
  /** What mends an older version where it is read. */
  upcasters: { readonly [V in VersionOf<C | E>]?: Upcaster };
  given: Given<G>;
}

/** What the module's decider is given from outside, as deciding is pure. */
export interface Given<G> {
  of(secret: ShardSecret): G;
  /** Where events are only folded, and nothing is decided. */
  toFold: G;
  /** As recorded events have it, of whatever module: those that were taken last. */
  recorded(): { given: G; take(events: readonly Message[]): void };
}

export const nothingGiven: Given<null> = {
  of: () => null,
  toFold: null,
  recorded: () => ({ given: null, take: () => {} }),
};

/** `m` of `m.ThingMade`. */
type NameIn<Type extends string> = Type extends `${infer Name}.${string}` ? Name : never;
type VersionOf<M extends Message> = `${M['type']}.v${number}`;

/** What events are on. */
export interface Resource {
  /** Such as `component`: no two modules have the same. */
  kind: string;
  /**
   * Resources of one module and id have one history and one state in the audit, of whatever kind: where kinds may have
   * ids alike, the state says what of it is of which.
   */
  id: string;
}

/** What an event is on. */
export interface EventSubject<E> {
  /** The key of its record. SPEC rule 1. */
  key(event: E, shard: string): string;
  /** What has it in its history; null: nothing. */
  resource(event: E): Resource | null;
}

/** Where an event belongs. */
export interface Place<E> extends EventSubject<E> {
  /** Whether a resource may begin with it. */
  creates: boolean;
}

/** The subject of events on one kind of resource, whose id is also their key. */
export function on<E>(kind: string, id: (event: E) => string): EventSubject<E> {
  return { key: id, resource: (event) => ({ kind, id: id(event) }) };
}

/** The place of an event that a resource may begin with. */
export function creates<E>(subject: EventSubject<E>): Place<E> {
  return { ...subject, creates: true };
}

/** The place of an event on what is there, and of one that begins nothing with a history. */
export function changes<E>(subject: EventSubject<E>): Place<E> {
  return { ...subject, creates: false };
}

/** The name of a message's module: `m` of `m.ThingMade`. */
export function moduleOf(type: string): string {
  return type.slice(0, type.indexOf('.'));
}
