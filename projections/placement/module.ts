import type { PlacementEvent } from '@holdfast/events/placement/messages';
import type { ProjectionModule } from '../module.js';
import { type PlacementRows, queryPlacementRows } from './all-rows.js';
import type { PlacementChange } from './change.js';
import { type CoalescedPlacement, coalescePlacement, nothingOfPlacement } from './coalesce.js';
import { queryAllocationHolders } from './holders.js';
import { queryPlacementAt } from './past.js';
import type { PlacementAudit, PlacementModel } from './port.js';
import { placementOfTables } from './present.js';
import { projectPlacement } from './project.js';
import { writePlacement } from './rows.js';
import { lookedAt, type PlacedState, placedAfter } from './state.js';

export interface PlacementTypes {
  name: 'placement';
  projection: 'placement';
  event: PlacementEvent;
  change: PlacementChange;
  coalesced: CoalescedPlacement;
  present: PlacementModel;
  rows: PlacementRows;
  state: PlacedState;
  audit: PlacementAudit;
}

/** Providers, and who has how much of them. */
export const placementProjections: ProjectionModule<PlacementTypes> = {
  name: 'placement',
  present: {
    projections: { placement: true },
    version: 1,
    tables: ['provider', 'inventory', 'resource_class', 'consumer', 'allocation', 'provider_marks', 'trait'],
    changes: { provider: true, allocation: true, consumer: true, class: true, trait: true },
    project: projectPlacement,
    // Nothing of it ends by itself.
    moveLeases: () => null,
    nothing: nothingOfPlacement,
    coalesce: coalescePlacement,
    write: writePlacement,
    queries: placementOfTables,
    rows: queryPlacementRows,
  },
  audit: {
    version: 1,
    idField: null,
    order: (_kind, id) => id,
    looksAt: lookedAt,
    stateAfter: placedAfter,
    queries: ({ past, held }) => ({
      past: (query, moment) => past((database, shard) => queryPlacementAt(database, shard, query, moment)),
      holders: (query) => held((database, shard) => queryAllocationHolders(database, shard, query)),
    }),
  },
};
