import { giveWay } from '@holdfast/log/turn';
import { collapse, nothingCollapsed } from '../collapse.js';
import type { Database } from '../database.js';
import type { Filler, Tables, Writer } from '../family.js';
import { projectionLimits } from '../limits.js';
import { writeCollapsed } from './rows.js';

const { changesPerTurnMax } = projectionLimits;

/** Also the inventory's, whose columns are in the same rows, and the placement's. */
export function statusWriter(tables: Tables): Writer {
  return async (_database, changes) => {
    const collapsed = nothingCollapsed({ empty: false });
    for (let at = 0; at < changes.length; at += changesPerTurnMax) {
      if (at > 0) await giveWay();
      collapse(changes.slice(at, at + changesPerTurnMax), collapsed);
    }
    return (tx) => writeCollapsed(tx, tables, collapsed);
  };
}

/** However long the log is, it comes to one patch per row: nothing is written before the end. */
export function statusFiller(database: Database, tables: Tables): Filler {
  const collapsed = nothingCollapsed({ empty: true });
  return {
    async take(changes) {
      collapse(changes, collapsed);
    },
    finish: () => writeCollapsed(database, tables, collapsed),
    async settled() {},
  };
}
