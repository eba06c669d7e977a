import { isDeepStrictEqual } from 'node:util';
import type { ShardState } from '@holdfast/core';
import type { CrayState } from '@holdfast/core/cray/index';
import { type Database, ProjectionError } from '@holdfast/projections';
import type { StatusRow } from '@holdfast/projections/port';
import { queryStatus } from '@holdfast/projections/status/query';
import { LogDiffers, shown } from './difference.js';

/** Locks and reservations as the read model shows them, and the `events` position that they are of. */
export interface Rows {
  read: number;
  components: Map<string, StatusRow>;
}

/** All rows of one moment; null while the read model is being made. */
export async function readRows(database: Database, shard: string): Promise<Rows | null> {
  try {
    const { answer, read } = await queryStatus(database, shard, { ids: [], criteria: [] });
    // Absent while they are being made.
    if (read.status === undefined) return null;
    return { read: read.status, components: new Map(answer.components.map((row) => [row.xname, row])) };
  } catch (error) {
    if (error instanceof ProjectionError && error.code === 'unavailable') return null;
    throw error;
  }
}

/** Holds rows against the fold of the events below their position. Throws LogDiffers. */
export function compareRows({ read, components: rows }: Rows, state: ShardState): void {
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
