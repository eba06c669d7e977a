import { itemsPerStep } from '@holdfast/events/steps';
import { giveWay } from '@holdfast/log/turn';
import { projectionLimits } from './limits.js';

/** Writes as many rows with one statement as the limits allow. */
export async function inChunks<T>(
  rows: readonly T[],
  write: (chunk: readonly T[]) => Promise<unknown>,
  size: number = projectionLimits.statementRowsMax,
): Promise<void> {
  for (let from = 0; from < rows.length; from += size) await write(rows.slice(from, from + size));
}

/**
 * Writes what is picked of many items, null for nothing, as many rows with one statement as the limits allow. Others
 * have their turn in between, however many items there are.
 */
export async function pickInChunks<T, R>(
  items: Iterable<T>,
  pick: (item: T) => R | null,
  write: (chunk: readonly R[]) => Promise<unknown>,
  size: number = projectionLimits.statementRowsMax,
): Promise<void> {
  let chunk: R[] = [];
  let looked = 0;
  for (const item of items) {
    const row = pick(item);
    if (row !== null) chunk.push(row);
    if (++looked % itemsPerStep === 0) await giveWay();
    if (chunk.length < size) continue;
    await write(chunk);
    chunk = [];
  }
  if (chunk.length > 0) await write(chunk);
}
