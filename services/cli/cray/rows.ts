import { isDeepStrictEqual } from 'node:util';
import { type ShardState, stateOf } from '@holdfast/core';
import { expiryOf } from '@holdfast/core/cray/state';
import type { StatusRow } from '@holdfast/projections/cray/port';
import { LogDiffers, shown } from '../log-tools/difference.js';
import type { ModuleRows } from '../view.js';

/** Locks and reservations, by xname. */
export function componentRows(read: number, rows: ReadonlyMap<string, StatusRow>): ModuleRows {
  return { read, count: rows.size, compare: (state) => compareComponents(read, rows, state) };
}

function compareComponents(read: number, rows: ReadonlyMap<string, StatusRow>, state: ShardState): void {
  const about = { where: 'read model', position: read };
  const cray = stateOf(state, 'cray');
  const { components } = cray;
  for (const { xname, locked, lockToken, disabled, reservation } of components.values()) {
    const row = rows.get(xname);
    if (row === undefined) throw new LogDiffers({ ...about, subject: xname, expected: 'a row', found: 'none' });
    const lease = reservation?.kind === 'service' ? reservation.lease : null;
    const expected = {
      locked,
      lockToken,
      disabled,
      reservation: reservation && [
        reservation.reservationId,
        reservation.kind,
        lease === null ? null : expiryOf(cray, lease),
        reservation.token,
      ],
    };
    const own = row.reservation;
    const found = {
      locked: row.locked,
      lockToken: row.lockToken,
      disabled: row.disabled,
      reservation: own && [own.reservationId, own.kind, own.expiresAt, own.token],
    };
    if (!isDeepStrictEqual(expected, found))
      throw new LogDiffers({ ...about, subject: xname, expected: shown(expected), found: shown(found) });
  }
  for (const xname of rows.keys()) {
    if (!components.has(xname))
      throw new LogDiffers({ ...about, subject: xname, expected: 'no row', found: shown(rows.get(xname)) });
  }
}
