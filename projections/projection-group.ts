import type { Steps } from '@holdfast/events/steps';
import type { Group } from '@holdfast/log';
import type { RowChange } from './change.js';
import type { Database, Queryable } from './database.js';
import type { BuiltInModule } from './modules.js';

/**
 * Whose rows are meant, and of which tables: those that are read (schema `holdfast`) or those that will replace them.
 */
export interface Tables {
  schema: string;
  shard: string;
}

export type ProjectionGroupName = 'status' | 'audit';
/** By which somebody has rows made anew. */
export type ProjectionName = NameIn<BuiltInModule['present']['projections']> | 'history' | 'requests';
/** Of each of several. */
type NameIn<Names> = Names extends unknown ? keyof Names : never;

/**
 * Projections that move together: one watermark, one version, one transaction. Readers of a projection group wait for
 * nothing of the others. See docs/projections.md.
 */
export interface ProjectionGroup {
  name: ProjectionGroupName;
  projections: readonly ProjectionName[];
  /** Raised whenever one of its projections gives other rows for the same log: they are then made anew. */
  version: number;
  /** In the order in which queries name them, so that a reader and a switch of tables never wait for one another. */
  tables: readonly string[];
  /** All that a group changes in these tables, in order; in steps where it is large. Pure. Throws UnknownEventError. */
  project(group: Group): Steps<RowChange[]>;
  /** Writes what changed to tables that hold the rows of everything before. */
  writer(tables: Tables): Writer;
  /** Writes everything, from the log's start, to tables that are empty. */
  bulkLoad(database: Database, tables: Tables): BulkLoad;
  /** A bulk load is faster where indexes are made at the end. Not where it relies on them. */
  indexesLast: boolean;
}

/**
 * Reads what it needs, may write rows that nobody sees before the watermark has moved past them, and gives what is left
 * to be written in the transaction that moves it.
 */
export type Writer = (database: Queryable, changes: readonly RowChange[]) => Promise<(tx: Queryable) => Promise<void>>;

export interface BulkLoad {
  /** Resolves once it can take more; what was taken may still be on its way. */
  take(changes: readonly RowChange[]): Promise<void>;
  /** Resolves once all that was taken is in the tables. */
  finish(): Promise<void>;
  /** Resolves once nothing is on its way any more, whether or not it failed. */
  settled(): Promise<void>;
}
