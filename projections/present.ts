import type { EngineEvent, Event } from '@holdfast/events';
import { itemsPerStep, type Steps } from '@holdfast/events/steps';
import type { Group } from '@holdfast/log';
import { giveWay } from '@holdfast/log/turn';
import type { RowChange } from './change.js';
import type { Database, Queryable } from './database.js';
import { moduleOfChange, moduleOfEvent, modules } from './every-module.js';
import { leasesMovedBy } from './leases-moved.js';
import { projectionLimits } from './limits.js';
import type { EventStamp } from './module.js';
import type { BulkLoad, Tables, Writer } from './projection-group.js';

/* The status projection group: the rows of every module as they are now. */

const { changesPerTurnMax } = projectionLimits;

/** All that a group changes in these rows, in order. Pure. Throws UnknownEventError. */
export function* projectPresent({ events }: Group): Steps<RowChange[]> {
  const changes: RowChange[] = [];
  for (const [n, { event, stamp }] of events.entries()) {
    if (n > 0 && n % itemsPerStep === 0) yield;
    for (const change of changesOf(event, stamp)) changes.push(change);
  }
  return changes;
}

/** What one event changes. */
export function changesOf(event: Event, stamp: EventStamp): readonly RowChange[] {
  const module = moduleOfEvent(event);
  if (module !== null) {
    const change = module.present.project(event, stamp);
    return change === null ? none : [change as RowChange];
  }
  const byMs = leasesMovedBy(event as EngineEvent);
  if (byMs === null) return none;
  const moved = modules.map(({ present }) => present.moveLeases(byMs));
  return moved.filter((change) => change !== null) as RowChange[];
}

const none: readonly RowChange[] = [];

export function presentWriter(tables: Tables): Writer {
  return async (_database, changes) => {
    const coalesced = new Coalesced({ empty: false });
    for (let at = 0; at < changes.length; at += changesPerTurnMax) {
      if (at > 0) await giveWay();
      coalesced.add(changes.slice(at, at + changesPerTurnMax));
    }
    return (tx) => coalesced.write(tx, tables);
  };
}

/** However long the log is, it comes to one patch per row: nothing is written before the end. */
export function presentBulkLoad(database: Database, tables: Tables): BulkLoad {
  const coalesced = new Coalesced({ empty: true });
  return {
    async take(changes) {
      coalesced.add(changes);
    },
    finish: () => coalesced.write(database, tables),
    async settled() {},
  };
}

/** What many changes come to, by module. */
class Coalesced {
  #byModule: Map<string, unknown>;

  /** `empty`: they are for tables that hold nothing yet. */
  constructor(given: { empty: boolean }) {
    this.#byModule = new Map(modules.map(({ name, present }) => [name, present.nothing(given)]));
  }

  add(changes: readonly RowChange[]): void {
    for (const change of changes) {
      if (change.table === 'decision') continue;
      const { name, present } = moduleOfChange(change);
      present.coalesce(change, this.#byModule.get(name));
    }
  }

  async write(tx: Queryable, tables: Tables): Promise<void> {
    for (const { name, present } of modules) await present.write(tx, tables, this.#byModule.get(name));
  }
}
