import type { Ask } from '../module.js';
import { queryAggregates, queryProviderTraits, queryTraits } from './marks-query.js';
import type { PlacementModel } from './port.js';
import {
  queryConsumer,
  queryInventories,
  queryProviderAllocations,
  queryProviders,
  queryProviderUsages,
  queryResourceClasses,
  queryUsages,
} from './query.js';

/** What tables answer. */
export function placementOfTables(ask: Ask): PlacementModel {
  return {
    providers: (query) => ask((database, shard) => queryProviders(database, shard, query)),
    inventories: (provider) => ask((database, shard) => queryInventories(database, shard, provider)),
    resourceClasses: () => ask(queryResourceClasses),
    consumer: (uuid) => ask((database, shard) => queryConsumer(database, shard, uuid)),
    providerAllocations: (provider) => ask((database, shard) => queryProviderAllocations(database, shard, provider)),
    providerUsages: (provider) => ask((database, shard) => queryProviderUsages(database, shard, provider)),
    aggregates: (provider) => ask((database, shard) => queryAggregates(database, shard, provider)),
    providerTraits: (provider) => ask((database, shard) => queryProviderTraits(database, shard, provider)),
    traits: (query) => ask((database, shard) => queryTraits(database, shard, query)),
    usages: (query) => ask((database, shard) => queryUsages(database, shard, query)),
  };
}
