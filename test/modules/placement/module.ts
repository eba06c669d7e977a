import type { TestModule } from '../../module.js';
import { placementAnswers, placementEnding } from './answers.js';
import { capacityHolds } from './capacity.js';
import { placementEndToEnd } from './end-to-end.js';
import { placementWholes } from './holds.js';
import { MemoryPlacement } from './memory.js';
import { placementMistakes } from './mistakes.js';
import { PlacementRules } from './model.js';
import { placementOutcome } from './outcome.js';
import { placementReads } from './reads.js';
import { placementRebuilt } from './rebuilt.js';
import { placementSession } from './session.js';
import { PlacementTraffic } from './traffic.js';
import { placementBench } from './workloads.js';

export const placementTests = {
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
  rows: { memory: MemoryPlacement, answers: placementAnswers, ending: placementEnding, rebuilt: placementRebuilt },
  mistakes: placementMistakes,
  chaos: null,
  history: { first: null, second: placementSession, again: null, ...placementOutcome },
  bench: placementBench,
  // Its tests make what they need.
  site: { load: async () => {}, release: async () => {} },
  e2e: placementEndToEnd,
  longTraffic: null,
} as const satisfies TestModule;
