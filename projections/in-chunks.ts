import { projectionLimits } from './limits.js';

/** Writes as many rows with one statement as the limits allow. */
export async function inChunks<T>(
  rows: readonly T[],
  write: (chunk: readonly T[]) => Promise<unknown>,
  size: number = projectionLimits.statementRowsMax,
): Promise<void> {
  for (let from = 0; from < rows.length; from += size) await write(rows.slice(from, from + size));
}
