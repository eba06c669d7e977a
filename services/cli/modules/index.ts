import type { ModuleName, ShardState, StateOf } from '@holdfast/core';
import { type Database, ProjectionError } from '@holdfast/projections';
import type { ModuleRows } from '../log-tools/read-model.js';
import { crayView } from './cray.js';
import { placementView } from './placement.js';
import type { List, ModuleView, Table } from './view.js';

/** One for each module of the decider: a module without one does not compile. */
const views: { readonly [Name in ModuleName]: ModuleView<StateOf<Name>> } = {
  cray: crayView,
  placement: placementView,
};

// biome-ignore lint/suspicious/noExplicitAny: each is given the state of its own module.
const each = Object.entries(views) as [string, ModuleView<any>][];

/** What all modules list, in their order. */
export function listsOf({ modules }: ShardState): List[] {
  return each.flatMap(([name, { parts }]) =>
    Object.values(parts).flatMap((list) => (list === null ? [] : [list(modules[name])])),
  );
}

export function tablesOf({ modules }: ShardState): Table[] {
  return each.flatMap(([name, { tables }]) => tables(modules[name]));
}

/** The rows of each module, each of one moment; null while the read model is being made. */
export async function readRows(database: Database, shard: string): Promise<ModuleRows[] | null> {
  const all: ModuleRows[] = [];
  try {
    for (const [, view] of each) {
      const rows = await view.readRows(database, shard);
      if (rows === null) return null;
      all.push(rows);
    }
    return all;
  } catch (error) {
    if (error instanceof ProjectionError && error.code === 'unavailable') return null;
    throw error;
  }
}
