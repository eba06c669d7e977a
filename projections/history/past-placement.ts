import type { PastMoment, PastPlacement, PlacementAtQuery } from '../audit-port.js';
import type { Queryable } from '../database.js';
import { ask, type Moment } from '../moment.js';
import { amountOf } from '../placement/amounts.js';
import { storable } from '../text.js';
import { type ConsumerState, inventoryOf, type PlacedState, type ProviderState } from './placed.js';
import { momentOf, placeOf } from './query.js';

/** The kind is null where an id was asked for, whatever it is of. */
type PlacedTuple = [
  id: string,
  kind: 'provider' | 'consumer' | null,
  state: PlacedState | null,
  aggregates: string[] | null,
  traits: string[] | null,
];

interface Past {
  moment: [sequence: number, time: number] | null;
  resources: PlacedTuple[];
}

/** See AuditModel.placementAt. A look into the index of history for each. */
export async function queryPlacementAt(
  database: Queryable,
  shard: string,
  { ids }: PlacementAtQuery,
  moment: PastMoment,
): Promise<Moment<PastPlacement>> {
  const asked =
    ids.length === 0
      ? `(SELECT k.id, k.kind, k.ord AS place FROM holdfast.known_resource k
          WHERE k.shard = $1 AND k.kind IN ('provider', 'consumer')) asked`
      : `(SELECT id, NULL AS kind, place FROM json_array_elements_text($3::json) WITH ORDINALITY AS asked(id, place)) asked`;
  const values = [placeOf(moment), ...(ids.length === 0 ? [] : [JSON.stringify(ids.map(storable))])];
  const sql = `WITH ${momentOf(moment)}
    SELECT json_build_object('moment', (SELECT json_build_array(sequence, time) FROM moment), 'resources',
      (SELECT coalesce(json_agg(json_build_array(asked.id, asked.kind, h.state, ${setBy('aggregates')}, ${setBy('traits')}) ORDER BY asked.place), '[]') FROM ${asked}
        LEFT JOIN LATERAL (SELECT * FROM holdfast.history h WHERE h.xname = asked.id AND h.shard = $1
          AND -h.sequence >= -(SELECT sequence FROM moment) ORDER BY -h.sequence LIMIT 1) h ON true
        ${ids.length === 0 ? 'WHERE h.state IS NOT NULL' : ''}))`;
  const { answer, read } = await ask<Past>(database, shard, sql, values);
  return { answer: pastPlacement(answer), read };
}

/** The list of the event that the state of `h` names. */
function setBy(member: 'aggregates' | 'traits'): string {
  const sequence = `(h.state -> 'provider' ->> '${member}')::bigint`;
  return `(SELECT s.data -> '${member}' FROM holdfast.history s WHERE s.sequence = ${sequence} AND s.shard = $1)`;
}

function pastPlacement({ moment, resources }: Past): PastPlacement {
  const answer: PastPlacement = {
    sequence: moment?.[0] ?? 0,
    time: moment?.[1] ?? null,
    providers: [],
    consumers: [],
    notFound: [],
  };
  for (const [uuid, kind, state, aggregates, traits] of resources) {
    const { provider, consumer } = state ?? {};
    if (provider !== undefined && kind !== 'consumer') {
      answer.providers.push({ ...pastProvider(uuid, provider), aggregates: aggregates ?? [], traits: traits ?? [] });
    }
    if (consumer !== undefined && kind !== 'provider') answer.consumers.push(pastConsumer(uuid, consumer));
    if (provider === undefined && consumer === undefined) answer.notFound.push(uuid);
  }
  return answer;
}

function pastProvider(uuid: string, { name, parent, generation, inventories, used }: ProviderState) {
  const sums = new Map(used);
  return {
    uuid,
    name,
    parent,
    generation,
    inventories: inventories.map(inventoryOf),
    usages: inventories.map(([resourceClass]) => ({ resourceClass, amount: sums.get(resourceClass) ?? 0 })),
  };
}

function pastConsumer(uuid: string, { allocations, ...owned }: ConsumerState) {
  const held = allocations.map(([provider, resources]) => ({ provider, resources: resources.map(amountOf) }));
  return { uuid, ...owned, allocations: held };
}
