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

/**
 * SQL of the rows of a JSON text with n of them, as `name (columns, n)`, where `n` counts them from 1; `json` and `count` are parameters.
 * The planner takes such a text for 100 rows, however many it has: with this it knows, and neither looks through a fleet
 * for one component nor looks each of a fleet up by itself.
 */
export function countedRows(rows: string, count: string, as: string): string {
  return `(SELECT * FROM ROWS FROM (${rows}, generate_series(1, ${count}::int)) AS ${as} LIMIT ${count}::int)`;
}

/** The same of a JSON text of xnames, as `(xname, n)`. */
export function askedXnames(json: string, count: string): string {
  return countedRows(`json_array_elements_text(${json}::json)`, count, 'x(xname, n)');
}
