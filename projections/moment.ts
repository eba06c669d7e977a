import type { Queryable } from './database.js';
import type { FamilyName } from './family.js';
import { ProjectionError } from './port.js';

/** How far each family is, as written; one that is not there is being made. */
export type Reads = Partial<Record<FamilyName, number>>;

/** What a query answers, and the written `read`s of the moment that it shows. */
export interface Moment<T> {
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
): Promise<Moment<T>> {
  const [row] = await database.query<{ answer: string; read: string | null }>(
    `SELECT (${sql})::text AS answer,
      (SELECT json_object_agg(family, read)::text FROM holdfast.watermark WHERE shard = $1) AS read`,
    [shard, ...values],
  );
  if (row === undefined || row.read === null) throw new ProjectionError('unavailable', 'the read model is being made');
  return { answer: JSON.parse(row.answer ?? 'null') as T, read: JSON.parse(row.read) as Reads };
}
