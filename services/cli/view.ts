import type { ShardState } from '@holdfast/core';
import { PersistentMap } from '@holdfast/core/persistent-map';
import type { Database } from '@holdfast/projections';

/**
 * What the tools of an operator need of a module beside its decider. Every module of the decider has one, and each
 * names every part of its state: a module, or a part, that none of the tools would show does not compile.
 */
export interface ModuleView<State> {
  /** What each part of the state lists; null where it follows from the others. */
  readonly parts: { readonly [Part in keyof State]: ((state: State) => List) | null };
  /** What of it people look for. */
  tables(state: State): Table[];
  /** What the read model shows of it; null while that is being made. */
  readRows(database: Database, shard: string): Promise<ModuleRows | null>;
}

/** What the read model shows of a module. */
export interface ModuleRows {
  /** The `events` position that the rows are of. */
  read: number;
  count: number;
  /** Holds them against the fold of the events below their position. Throws LogDiffers. */
  compare(state: ShardState): void;
}

/** Things of one kind, in the order in which they are shown. */
export interface List {
  /** As JSON has it, such as `components`. No two modules have the same. */
  name: string;
  /** For people, such as `component`. */
  noun: string;
  things: Thing[];
}

export interface Thing {
  /** For people, such as `group blue`: no two things have the same. */
  subject: string;
  /** As JSON. Holds no key, and no hash of one. */
  shown: Record<string, unknown>;
  /** What people want to know of it. */
  words: string;
}

export interface Table {
  /** A line before it, if any. */
  title?: string;
  headings: readonly string[];
  rows: string[][];
}

/** A value as JSON: of maps and sets their content, by names. */
export function plain(value: unknown): unknown {
  if (value instanceof PersistentMap) return plain(new Map(value.each() as Iterable<[string, unknown]>));
  if (value instanceof Set) return [...value].map(plain).sort();
  if (value instanceof Map) {
    const entries = [...value].map(([name, one]) => [String(name), plain(one)] as const);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return fields(value);
}

export function fields(value: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}

/** By its subject. */
export function bySubject(a: Thing, b: Thing): number {
  return a.subject < b.subject ? -1 : 1;
}
