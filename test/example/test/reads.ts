import { rowsIn } from '@holdfast/api/example/asked';
import { earliest } from '@holdfast/api/reads';
import type { ClaimRow } from '@holdfast/projections/example/port';
import type { Reads } from '../../simulation/module.js';

export const exampleReads: Reads = {
  ask: (present) => rowsIn({ present }).claims(),
  expiryIn: (found) => earliest((found as ClaimRow[]).map(({ expiresAt }) => expiresAt)),
  shown: (found) => found,
  all: [{ of: 'claims' }],
};
