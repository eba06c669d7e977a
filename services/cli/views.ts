import { type ShardState, stateOf } from '@holdfast/core';
import { type Database, ProjectionError } from '@holdfast/projections';
import { cliModules } from './modules.js';
import type { List, ModuleRows, Table } from './view.js';

/** Of every module. Whoever imports this reads a log, and needs them all. */
const views = await Promise.all(cliModules.map(async ({ name, view }) => [name, await view()] as const));

/** What all modules list, in their order. */
export function listsOf(state: ShardState): List[] {
  return views.flatMap(([name, { parts }]) => {
    const each = Object.values(parts) as (((state: unknown) => List) | null)[];
    return each.flatMap((list) => (list === null ? [] : [list(stateOf(state, name))]));
  });
}

export function tablesOf(state: ShardState): Table[] {
  return views.flatMap(([name, { tables }]) => tables(stateOf(state, name)));
}

/** The rows of each module, each of one moment; null while the read model is being made. */
export async function readRows(database: Database, shard: string): Promise<ModuleRows[] | null> {
  const all: ModuleRows[] = [];
  try {
    for (const [, view] of views) {
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
