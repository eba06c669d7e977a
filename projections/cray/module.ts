import type { CrayEvent } from '@holdfast/events/cray/messages';
import { xnameOrder } from '@holdfast/events/cray/xname';
import type { ProjectionModule } from '../module.js';
import type { CrayChange } from './change.js';
import { type CoalescedCray, coalesceCray, nothingOfCray } from './coalesce.js';
import { queryHolders } from './holders.js';
import { projectInventory } from './inventory-project.js';
import { queryCollections, queryComponents, queryMemberships } from './inventory-query.js';
import { queryStatusAt } from './past.js';
import type { CrayAudit, CrayModel, StatusRow } from './port.js';
import { writeCray } from './rows.js';
import { type ComponentState, componentAfter } from './state.js';
import { projectStatus } from './status-project.js';
import { queryReservations, queryStatus } from './status-query.js';

export interface CrayTypes {
  name: 'cray';
  projection: 'status' | 'inventory';
  event: CrayEvent;
  change: CrayChange;
  coalesced: CoalescedCray;
  present: CrayModel;
  /** In xname order. */
  rows: StatusRow[];
  state: ComponentState;
  audit: CrayAudit;
}

/** Components with their locks, reservations and properties, groups and partitions. */
export const crayProjections: ProjectionModule<CrayTypes> = {
  name: 'cray',
  present: {
    projections: { status: true, inventory: true },
    version: 4,
    tables: ['component', 'collection', 'collection_member'],
    changes: { component: true, leases: true, collection: true },
    project: (event, { sequence }) => projectStatus(event, sequence) ?? projectInventory(event),
    moveLeases: (byMs) => ({ table: 'leases', byMs }),
    nothing: nothingOfCray,
    coalesce: coalesceCray,
    write: writeCray,
    queries: (ask) => ({
      status: (selection) => ask((database, shard) => queryStatus(database, shard, selection)),
      reservations: (xnames) => ask((database, shard) => queryReservations(database, shard, xnames)),
      components: (ids, criteria) => ask((database, shard) => queryComponents(database, shard, ids, criteria)),
      memberships: (ids, criteria) => ask((database, shard) => queryMemberships(database, shard, ids, criteria)),
      collections: (kind) => ask((database, shard) => queryCollections(database, shard, kind)),
    }),
    async rows(database, shard) {
      const { answer, read } = await queryStatus(database, shard, { ids: [], criteria: [] });
      return { answer: answer.components, read };
    },
  },
  audit: {
    version: 1,
    idField: 'xname',
    order: (_kind, id) => xnameOrder(id),
    looksAt: () => null,
    stateAfter: componentAfter,
    queries: ({ past, held }) => ({
      past: (selection, moment) => past((database, shard) => queryStatusAt(database, shard, selection, moment)),
      holders: (query) => held((database, shard) => queryHolders(database, shard, query)),
    }),
  },
};
