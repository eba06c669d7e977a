import type { HolderPages, PastMoment } from './audit-port.js';
import type { Queryable } from './database.js';
import type { ReadAnswer } from './moment.js';
import type { Tables } from './projection-group.js';

/** What the parts of a module's projections are about. */
export interface ModuleTypes {
  name: string;
  /** See PresentPart.projections. */
  projection: string;
  event: { type: string };
  /** What an event does to the rows as they are now. */
  change: { table: string };
  /** What many changes come to. */
  coalesced: unknown;
  /** What is asked of the rows as they are now. */
  present: object;
  /** See PresentPart.rows. */
  rows: unknown;
  /** What a resource is after an event: anything but null that JSON keeps as it is. */
  state: unknown;
  /** What is asked of what has been, and of who has what. */
  audit: {
    /** As everything was at a moment. */
    past(query: never, moment: PastMoment): Promise<object>;
    /** Who has what now, since when, and by which request; by filters of the module's own. */
    holders(query: never): Promise<HolderPages<unknown>>;
  };
}

/**
 * What a module keeps in the read model, complete by its type: what is left out does not compile. The name is that of
 * its messages. One line in `modules.ts` puts it to use.
 */
export interface ProjectionModule<T extends ModuleTypes = ModuleTypes> {
  name: T['name'];
  present: PresentPart<T>;
  audit: AuditPart<T>;
}

/**
 * What is there now: tables of the status projection group. No two modules have a table, a projection, or a change of
 * the same name.
 */
export interface PresentPart<T extends ModuleTypes = ModuleTypes> {
  /** The names by which somebody has rows made anew. */
  projections: { readonly [Name in T['projection']]: true };
  /** Raised whenever it gives other rows for the same log. */
  version: number;
  /** In the order in which queries name them: see ProjectionGroup. Each has a column `shard` and a column `domain`. */
  tables: readonly string[];
  /** What its changes have as `table`. */
  changes: { readonly [Table in T['change']['table']]: true };
  /** What an event changes; null for nothing. Pure. Throws UnknownEventError. */
  project(event: T['event'], stamp: EventStamp): T['change'] | null;
  /**
   * What changes where the engine moves every lease by so many milliseconds; null where nothing here ends by itself.
   * Pure.
   */
  moveLeases(byMs: number): T['change'] | null;
  /** `empty`: what is coalesced is for tables that hold nothing yet. */
  nothing(given: { empty: boolean }): T['coalesced'];
  /**
   * Adds a change to what was coalesced before: one patch a row, so that a batch is a few statements, whatever it
   * holds.
   */
  coalesce(change: T['change'], coalesced: T['coalesced']): void;
  /** Written twice it is the same as once. */
  write(tx: Queryable, tables: Tables, coalesced: T['coalesced']): Promise<void>;
  queries(ask: Ask): T['present'];
  /** What is held against a fold of the log: rows of one moment, without the times of changes. */
  rows(database: Queryable, shard: string): Promise<ReadAnswer<T['rows']>>;
}

/** What has been: its part of the audit projection group, whose tables are the engine's. */
export interface AuditPart<T extends ModuleTypes = ModuleTypes> {
  /** Raised whenever the same log gives other states. */
  version: number;
  /**
   * The field of its events that is the id of their resource, where they have one: it is kept in a column of its own,
   * and no detail of the event. Null: which field that is differs, so all are details.
   */
  idField: string | null;
  /** The place of a resource among those of its kind, as bytes compare. */
  order(kind: string, id: string): string;
  /** Id of another resource whose state `stateAfter` looks at, or null. */
  looksAt(event: T['event']): string | null;
  /**
   * The state of the resource that an event is on, after it; null: there is none. `sequence` is the event's, and
   * `stateOf` gives what the one of `looksAt` is then. Pure.
   */
  stateAfter(
    before: T['state'] | null,
    event: T['event'],
    sequence: number,
    stateOf: (id: string) => T['state'] | null,
  ): T['state'] | null;
  queries(ask: AuditAsk): T['audit'];
}

export interface EventStamp {
  sequence: number;
  /** Log time, milliseconds since 1970. */
  time: number;
}

/** Runs a query on rows of one moment that are as new as was promised: see PostgresReadModel. */
export type Ask = <A>(query: (database: Queryable, shard: string) => Promise<ReadAnswer<A>>) => Promise<A>;

/** The same where the query looks at the audit projection group alone, and where it looks at both. */
export interface AuditAsk {
  past: Ask;
  held: Ask;
}
