import type { TestModule } from '../../module.js';
import { capacityHolds } from './capacity.js';
import { placementEndToEnd } from './end-to-end.js';
import { placementWholes } from './holds.js';
import { placementMistakes } from './mistakes.js';
import { PlacementRules } from './model.js';
import { placementOutcome } from './outcome.js';
import { placementReads } from './reads.js';
import { placementSession } from './session.js';
import { PlacementTraffic } from './traffic.js';
import { placementBench } from './workloads.js';

export const placementTests: TestModule = {
  name: 'placement',
  given: null,
  rules: () => new PlacementRules(),
  // Many hold of one provider: `capacityHolds` says how much.
  holds: null,
  wholes: placementWholes,
  simulation: {
    weight: 3,
    traffic: (random) => new PlacementTraffic(random),
    reads: placementReads,
    checks: [capacityHolds],
  },
  mistakes: placementMistakes,
  chaos: null,
  history: { first: null, second: placementSession, again: null, ...placementOutcome },
  bench: placementBench,
  // Its tests make what they need.
  site: { load: async () => {}, release: async () => {} },
  e2e: placementEndToEnd,
  longTraffic: null,
};
