import type { ExampleEvent } from '@holdfast/events/example/messages';
import type { ProjectionModule } from '@holdfast/projections/module';
import { type ClaimState, claimAfter, queryClaimHolders, queryPastClaims } from './history.js';
import type { ClaimRow, ExampleAudit, ExampleModel } from './port.js';
import {
  type CoalescedClaims,
  coalesceClaim,
  type ExampleChange,
  projectClaim,
  queryClaims,
  writeClaims,
} from './rows.js';

export interface ExampleTypes {
  name: 'example';
  projection: 'claims';
  event: ExampleEvent;
  change: ExampleChange;
  coalesced: CoalescedClaims;
  present: ExampleModel;
  rows: ClaimRow[];
  state: ClaimState;
  audit: ExampleAudit;
}

/** Instruments, and who has claimed them. */
export const exampleProjections: ProjectionModule<ExampleTypes> = {
  name: 'example',
  present: {
    projections: { claims: true },
    version: 1,
    tables: ['claim'],
    changes: { claim: true, claims: true },
    project: projectClaim,
    moveLeases: (byMs) => ({ table: 'claims', byMs }),
    nothing: () => ({ shiftMs: 0, claims: new Map() }),
    coalesce: coalesceClaim,
    write: writeClaims,
    queries: (ask) => ({ claims: () => ask(queryClaims) }),
    rows: queryClaims,
  },
  audit: {
    version: 1,
    idField: 'instrument',
    order: (_kind, id) => id,
    looksAt: () => null,
    stateAfter: claimAfter,
    queries: ({ past, held }) => ({
      past: (query, moment) => past((database, shard) => queryPastClaims(database, shard, query, moment)),
      holders: (query) => held((database, shard) => queryClaimHolders(database, shard, query)),
    }),
  },
};
