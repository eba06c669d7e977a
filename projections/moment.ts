import type { Steps } from '@holdfast/events/steps';
import { inTurns } from '@holdfast/log/turn';
import type { Queryable } from './database.js';
import { ProjectionError } from './port.js';
import type { ProjectionGroupName } from './projection-group.js';

/** How far each projection group is, as written; one that is not there is being made. */
export type Reads = Partial<Record<ProjectionGroupName, number>>;

/** What a query answers, and the written `read`s of the moment that it shows. */
export interface ReadAnswer<T> {
  answer: T;
  read: Reads;
}

/**
 * Runs a query whose one row has a JSON text as `answer`: made in SQL, as that is several times as fast as row by row.
 * In the same statement, and thus of the same moment, it reads how far the rows are. `$1` is the shard.
 */
export async function ask<T>(
  database: Queryable,
  shard: string,
  sql: string,
  values: readonly (string | number | null)[] = [],
): Promise<ReadAnswer<T>> {
  const { answer, read } = await askText(database, shard, sql, values);
  return { answer: JSON.parse(answer ?? 'null') as T, read };
}

/**
 * SQL of rows as `askRows` takes them: each as JSON on a line of its own. No line is within one, as what is kept was
 * written without any.
 */
export function inLines(row: string, order: string): string {
  return `string_agg((${row})::text, E'\\n' ORDER BY ${order})`;
}

/**
 * The same of a query that may give a whole fleet, as rows in lines: they are taken one by one, and others have their
 * turn in between.
 */
export async function askRows<Row>(
  database: Queryable,
  shard: string,
  sql: string,
  values: readonly (string | number | null)[],
  take: (row: Row) => void,
): Promise<Reads> {
  const { answer, read } = await askText(database, shard, sql, values);
  await inTurns(rowsIn(answer ?? '', take));
  return read;
}

/** Characters of lines in one step: less than a millisecond of JSON. */
const charsPerStep = 16 * 1024;

export function* rowsIn<Row>(lines: string, take: (row: Row) => void): Steps<void> {
  for (let at = 0; at < lines.length; ) {
    if (at > 0) yield;
    const line = lines.indexOf('\n', at + charsPerStep);
    const end = line === -1 ? lines.length : line;
    for (const row of JSON.parse(`[${lines.slice(at, end).replaceAll('\n', ',')}]`) as Row[]) take(row);
    at = end + 1;
  }
}

async function askText(
  database: Queryable,
  shard: string,
  sql: string,
  values: readonly (string | number | null)[],
): Promise<ReadAnswer<string | null>> {
  const [row] = await database.query<{ answer: string | null; read: string | null }>(
    `SELECT (${sql})::text AS answer,
      (SELECT json_object_agg(family, read)::text FROM holdfast.watermark WHERE shard = $1) AS read`,
    [shard, ...values],
  );
  if (row === undefined || row.read === null) throw new ProjectionError('being-made', 'the read model is being made');
  return { answer: row.answer, read: JSON.parse(row.read) as Reads };
}
