import type { PastMoment } from '../audit-port.js';
import type { Queryable } from '../database.js';
import { askPast, type PastTuple } from '../history/past.js';
import type { ReadAnswer } from '../moment.js';
import { amountOf } from './amounts.js';
import type { PastConsumer, PastPlacement, PastProvider, PlacementAtQuery } from './port.js';
import { type ConsumerState, inventoryOf, type PlacedState, type ProviderState } from './state.js';

type PlacedTuple = PastTuple<PlacedState, [aggregates: string[] | null, traits: string[] | null]>;

/** See PlacementAudit.past. */
export async function queryPlacementAt(
  database: Queryable,
  shard: string,
  { ids }: PlacementAtQuery,
  moment: PastMoment,
): Promise<ReadAnswer<PastPlacement>> {
  const query = {
    module: 'placement',
    ids: ids.length === 0 ? null : ids,
    kinds: ['provider', 'consumer'],
    moment,
    more: [setBy('aggregates'), setBy('traits')],
  };
  const answer: PastPlacement = { sequence: 0, time: null, providers: [], consumers: [], notFound: [] };
  const begin = ({ sequence, time }: Pick<PastPlacement, 'sequence' | 'time'>) => {
    Object.assign(answer, { sequence, time });
  };
  const read = await askPast<object, PlacedTuple>(database, shard, query, begin, (tuple) => {
    const [uuid, kind, state, aggregates, traits] = tuple;
    const { provider, consumer } = state ?? {};
    if (provider !== undefined && kind !== 'consumer') {
      answer.providers.push({ ...pastProvider(uuid, provider), aggregates: aggregates ?? [], traits: traits ?? [] });
    }
    if (consumer !== undefined && kind !== 'provider') answer.consumers.push(pastConsumer(uuid, consumer));
    if (provider === undefined && consumer === undefined) answer.notFound.push(uuid);
  });
  return { answer, read };
}

/** The list of the event that the state of `h` names. */
function setBy(member: 'aggregates' | 'traits'): string {
  const sequence = `(h.state -> 'provider' ->> '${member}')::bigint`;
  return `(SELECT s.data -> '${member}' FROM holdfast.recorded_event s WHERE s.sequence = ${sequence} AND s.shard = $1)`;
}

function pastProvider(
  uuid: string,
  { name, parent, generation, inventories, used }: ProviderState,
): Omit<PastProvider, 'aggregates' | 'traits'> {
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

function pastConsumer(uuid: string, { allocations, ...owned }: ConsumerState): PastConsumer {
  const held = allocations.map(([provider, resources]) => ({ provider, resources: resources.map(amountOf) }));
  return { uuid, ...owned, allocations: held };
}
