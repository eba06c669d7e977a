import { earliest } from '@holdfast/api/reads';
import type { Present } from '@holdfast/projections';
import type { ReservationRow, StatusAnswer } from '@holdfast/projections/cray/port';
import type { Reads } from '../../simulation/module.js';
import type { CrayQuery } from './view.js';

/** Everything that there is. */
const all: CrayQuery[] = [
  { of: 'status', selection: { ids: [], criteria: [] } },
  { of: 'components', ids: null },
  { of: 'collections', kind: 'group' },
  { of: 'collections', kind: 'partition' },
  { of: 'memberships' },
];

export const crayReads: Reads = {
  ask({ cray: rows }: Present, query: CrayQuery): Promise<object> {
    switch (query.of) {
      case 'status':
        return rows.status(query.selection);
      case 'reservations':
        return rows.reservations(query.xnames);
      case 'components':
        return rows.components(query.ids);
      case 'collections':
        return rows.collections(query.kind);
      case 'memberships':
        return rows.memberships(null);
    }
  },
  expiryIn(found, { of }: CrayQuery) {
    if (of === 'status') {
      return earliest((found as StatusAnswer).components.map(({ reservation }) => reservation?.expiresAt ?? null));
    }
    if (of !== 'reservations') return null;
    return earliest([...(found as Map<string, ReservationRow>).values()].map(({ expiresAt }) => expiresAt));
  },
  shown: (found) => (found instanceof Map ? [...found] : found),
  all,
};
