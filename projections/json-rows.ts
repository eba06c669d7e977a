import { itemsPerStep } from '@holdfast/events/steps';
import { giveWay } from '@holdfast/log/turn';

/** Rows as one JSON text, the parameter of a statement. Others have their turn while it is made. */
export async function jsonRows<T>(items: readonly T[], toRow: (item: T) => unknown = (item) => item): Promise<string> {
  const parts: string[] = [];
  for (let at = 0; at < items.length; at += itemsPerStep) {
    if (at > 0) await giveWay();
    const rows = items.slice(at, at + itemsPerStep).map(toRow);
    parts.push(JSON.stringify(rows).slice(1, -1));
  }
  return `[${parts.join(',')}]`;
}
