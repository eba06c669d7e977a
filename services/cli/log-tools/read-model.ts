import { isDeepStrictEqual } from 'node:util';
import type { ShardState } from '@holdfast/core';
import type { CrayState } from '@holdfast/core/cray/index';
import { type Database, ProjectionError } from '@holdfast/projections';
import { queryPlacementRows } from '@holdfast/projections/placement/rows-query';
import type { StatusRow } from '@holdfast/projections/port';
import { queryStatus } from '@holdfast/projections/status/query';
import { LogDiffers, shown } from './difference.js';
import { placementRows } from './placement-rows.js';

/** What the read model shows of a module. */
export interface ModuleRows {
  /** The `events` position that the rows are of. */
  read: number;
  count: number;
  /** Holds them against the fold of the events below their position. Throws LogDiffers. */
  compare(state: ShardState): void;
}

/** The rows of each module, each of one moment; null while the read model is being made. */
export async function readRows(database: Database, shard: string): Promise<ModuleRows[] | null> {
  try {
    const status = await queryStatus(database, shard, { ids: [], criteria: [] });
    const placement = await queryPlacementRows(database, shard);
    // Absent while they are being made.
    if (status.read.status === undefined || placement.read.status === undefined) return null;
    const components = new Map(status.answer.components.map((row) => [row.xname, row]));
    return [componentRows(status.read.status, components), placementRows(placement.read.status, placement.answer)];
  } catch (error) {
    if (error instanceof ProjectionError && error.code === 'unavailable') return null;
    throw error;
  }
}

/** Locks and reservations, by xname. */
export function componentRows(read: number, rows: ReadonlyMap<string, StatusRow>): ModuleRows {
  return { read, count: rows.size, compare: (state) => compareComponents(read, rows, state) };
}

function compareComponents(read: number, rows: ReadonlyMap<string, StatusRow>, state: ShardState): void {
  const about = { where: 'read model', position: read };
  const { components } = state.modules.cray as CrayState;
  for (const { xname, locked, disabled, reservation } of components.values()) {
    const row = rows.get(xname);
    if (row === undefined) throw new LogDiffers({ ...about, subject: xname, expected: 'a row', found: 'none' });
    const lease = reservation?.kind === 'service' ? reservation.lease : null;
    const expected = {
      locked,
      disabled,
      reservation: reservation && [reservation.reservationId, reservation.kind, lease?.expiresAt ?? null],
    };
    const own = row.reservation;
    const found = {
      locked: row.locked,
      disabled: row.disabled,
      reservation: own && [own.reservationId, own.kind, own.expiresAt],
    };
    if (!isDeepStrictEqual(expected, found))
      throw new LogDiffers({ ...about, subject: xname, expected: shown(expected), found: shown(found) });
  }
  for (const xname of rows.keys()) {
    if (!components.has(xname))
      throw new LogDiffers({ ...about, subject: xname, expected: 'no row', found: shown(rows.get(xname)) });
  }
}
