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
 * of its commands and events begin with its name and a dot, as do its folders' names in `schemas`.
 */
export interface MessageSet<C extends Message, E extends Message, G = null> {
  name: string;
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
  given: Given<G, E>;
}

/** What the module's decider is given from outside, as deciding is pure. */
export interface Given<G, E> {
  of(secret: ShardSecret): G;
  /** Where nothing is decided, and events are folded only. */
  toFold: G;
  /** As recorded events have it: those that were taken last. */
  recorded(): { given: G; take(events: readonly (E | Message)[]): void };
}

export const nothingGiven: Given<null, never> = {
  of: () => null,
  toFold: null,
  recorded: () => ({ given: null, take: () => {} }),
};

type VersionOf<M extends Message> = `${M['type']}.v${number}`;

/** Of which there is a history. */
export interface Resource {
  /** Such as `component`: no two modules have the same. */
  kind: string;
  id: string;
}

/** Where an event belongs. */
export interface Place<E> {
  /** The key of its record. SPEC rule 1. */
  key(event: E, shard: string): string;
  /** Null: nothing that has a history of its own. */
  resource(event: E): Resource | null;
  /** Whether it may be the first of its resource. */
  creates: boolean;
}

/** The place of events on one kind of resource, whose id is their key, too. */
export function on<E>(kind: string, id: (event: E) => string): Place<E> {
  return { key: id, resource: (event) => ({ kind, id: id(event) }), creates: false };
}

/** The place of an event that makes a resource. */
export function creates<E>(place: Place<E>): Place<E> {
  return { ...place, creates: true };
}

/** The module of a message, `m` of `m.ThingMade`. */
export function moduleOf(type: string): string {
  return type.slice(0, type.indexOf('.'));
}
