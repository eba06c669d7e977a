import type { Present } from '@holdfast/projections';
import type { Reads } from '../../simulation/module.js';
import { wholePlacement } from './traffic.js';
import type { Found, PlacementQuery } from './view.js';

export const placementReads: Reads = {
  ask: ({ placement }: Present, query: PlacementQuery) => find(placement, query),
  // Nothing of it ends by itself.
  expiryIn: () => null,
  shown: (found) => found,
  all: wholePlacement,
};

type Rows = Present['placement'];

/** Asks rows; the times of changes are left out, as the model keeps none. */
async function find(rows: Rows, query: PlacementQuery): Promise<Found> {
  const found = await ask(rows, query);
  return { found: JSON.parse(JSON.stringify(found), (key, value) => (key === 'changedAt' ? undefined : value)) };
}

function ask(rows: Rows, query: PlacementQuery): Promise<unknown> {
  switch (query.of) {
    case 'providers':
      return rows.providers({});
    case 'classes':
      return rows.resourceClasses();
    case 'marked':
      return rows.providers(query.by).then((found) => found.map(({ uuid }) => uuid));
    case 'traits':
      return rows
        .traits({ associated: true })
        .then(({ custom, associated }) => ({ custom, associated: [...(associated ?? [])].sort() }));
    case 'aggregates':
      return rows.aggregates(query.provider);
    case 'provider traits':
      return rows.providerTraits(query.provider);
    case 'inventories':
      return rows.inventories(query.provider);
    case 'provider allocations':
      return rows.providerAllocations(query.provider);
    case 'provider usages':
      return rows.providerUsages(query.provider);
    case 'consumer':
      return rows.consumer(query.consumer);
    case 'project usages':
      return rows.usages({ projectId: query.projectId });
  }
}
