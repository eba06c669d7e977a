import { isDeepStrictEqual } from 'node:util';
import { LogDiffers, shown } from '@holdfast/cli/log-tools/difference';
import type { ModuleRows } from '@holdfast/cli/view';
import type { ShardState } from '@holdfast/core';
import type { ExampleState } from '@holdfast/core/example/state';
import type { ClaimRow } from '@holdfast/projections/example/port';

/** Claims as the read model shows them, to be held against the fold of the log. */
export function claimRows(read: number, rows: readonly ClaimRow[]): ModuleRows {
  const found = new Map(rows.map((row) => [row.instrument, row]));
  return { read, count: rows.length, compare: (state) => compare(read, found, claimsOf(state)) };
}

/** Throws LogDiffers. */
function compare(position: number, found: ReadonlyMap<string, ClaimRow>, expected: ReadonlyMap<string, ClaimRow>) {
  for (const instrument of new Set([...expected.keys(), ...found.keys()])) {
    const [row, claim] = [found.get(instrument), expected.get(instrument)];
    if (isDeepStrictEqual(row, claim)) continue;
    const difference = { expected: shown(claim ?? 'no row'), found: shown(row ?? 'none') };
    throw new LogDiffers({ where: 'read model', position, subject: instrument, ...difference });
  }
}

function claimsOf({ states }: ShardState): Map<string, ClaimRow> {
  const { claims, shiftMs } = states['example/default'] as ExampleState;
  return new Map(
    [...claims.values()].map((claim) => [claim.instrument, { ...claim, expiresAt: claim.expiresAt + shiftMs }]),
  );
}
