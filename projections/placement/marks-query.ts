import type { Queryable } from '../database.js';
import { own } from '../domain.js';
import { ask, type ReadAnswer } from '../moment.js';
import { storable } from '../text.js';
import type { Bind } from '../values.js';
import type { AggregatesRow, ProvidersQuery, ProviderTraitsRow, TraitsRow } from './port.js';

/**
 * The conditions of a query on provider `p` by its marks. What is wanted is looked up at once for all of them, and so
 * is what is not; `IS TRUE` keeps each a look into a hash table, see queryProviders.
 */
export function byMarks(query: ProvidersQuery, value: Bind): string[] {
  const { memberOf = [], notMemberOf = [], required = [], forbidden = [] } = query;
  const anyOf = (column: string, texts: readonly string[]) =>
    `m.${column} && ARRAY(SELECT json_array_elements_text(${value(JSON.stringify(texts.map(storable)))}::json))`;
  const wanted = [
    ...memberOf.map((some) => anyOf('aggregates', some)),
    ...required.map((some) => anyOf('traits', some)),
  ];
  const unwanted = [
    ...(notMemberOf.length === 0 ? [] : [anyOf('aggregates', notMemberOf)]),
    ...(forbidden.length === 0 ? [] : [anyOf('traits', forbidden)]),
  ];
  const isMarked = (condition: string) =>
    `(p.uuid IN (SELECT m.uuid FROM holdfast.provider_marks m WHERE ${own('m')} AND ${condition})) IS TRUE`;
  return [
    ...(wanted.length === 0 ? [] : [isMarked(wanted.join(' AND '))]),
    ...unwanted.map((condition) => `NOT (${isMarked(condition)})`),
  ];
}

/** See PlacementModel.aggregates. */
export function queryAggregates(
  database: Queryable,
  shard: string,
  provider: string,
): Promise<ReadAnswer<AggregatesRow | null>> {
  return askMarks(database, shard, provider, `'aggregates', coalesce(array_to_json(m.aggregates), '[]')`);
}

/** See PlacementModel.providerTraits. */
export function queryProviderTraits(
  database: Queryable,
  shard: string,
  provider: string,
): Promise<ReadAnswer<ProviderTraitsRow | null>> {
  const members = `'traits', coalesce(array_to_json(m.traits), '[]'), 'changedAt', m.traits_at`;
  return askMarks(database, shard, provider, members);
}

function askMarks<T>(
  database: Queryable,
  shard: string,
  provider: string,
  members: string,
): Promise<ReadAnswer<T | null>> {
  const sql = `SELECT json_build_object('generation', p.generation, ${members})
    FROM holdfast.provider p LEFT JOIN holdfast.provider_marks m ON ${own('m')} AND m.uuid = $2
    WHERE ${own('p')} AND p.uuid = $2`;
  return ask(database, shard, sql, [storable(provider)]);
}

/** See PlacementModel.traits. */
export function queryTraits(
  database: Queryable,
  shard: string,
  { associated }: { associated: boolean },
): Promise<ReadAnswer<TraitsRow>> {
  const had = `(SELECT coalesce(json_agg(had.name), '[]') FROM (
    SELECT DISTINCT unnest(m.traits) AS name FROM holdfast.provider_marks m WHERE ${own('m')}) had)`;
  const sql = `SELECT json_build_object('custom', (
      SELECT coalesce(json_agg(json_build_object('name', t.name, 'changedAt', t.changed_at) ORDER BY t.created), '[]')
        FROM holdfast.trait t WHERE ${own('t')}),
    'associated', ${associated ? had : 'NULL'})`;
  return ask(database, shard, sql);
}
