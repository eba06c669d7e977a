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
 * SQL of a JSON text of ids as rows `(id, n)`, where `n` counts them from 1; `json` and `count` are parameters. The
 * planner takes such a text for 100 rows, however many it has: with this it knows, and neither looks through a fleet
 * for one of it nor looks each of a fleet up by itself.
 */
export function askedIds(json: string, count: string): string {
  const rows = `ROWS FROM (json_array_elements_text(${json}::json), generate_series(1, ${count}::int))`;
  return `(SELECT * FROM ${rows} AS asked(id, n) LIMIT ${count}::int)`;
}

/**
 * SQL of `count` rows from a function over a JSON text, each of which is then looked up by its key. The planner takes
 * them for 100 at most: with their true count it would read the whole fleet for each chunk of a large change, which
 * takes twice as long.
 */
export function fewRows(rows: string, count: string): string {
  return `(SELECT * FROM ${rows} LIMIT ${count}::int)`;
}
