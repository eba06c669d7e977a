import type { TestModule } from '../../module.js';
import { exampleEndToEnd } from './end-to-end.js';
import { exampleHolds } from './holds.js';
import { exampleMistakes } from './mistakes.js';
import { ExampleRules } from './model.js';
import { exampleReads } from './reads.js';
import { exampleRows } from './rows.js';
import { exampleSession } from './session.js';
import { ExampleTraffic } from './traffic.js';
import { exampleBench } from './workloads.js';

export const exampleTests = {
  name: 'example',
  given: null,
  rules: () => new ExampleRules(),
  holds: exampleHolds,
  // Each request is of one instrument.
  wholes: null,
  simulation: { weight: 1, traffic: (random) => new ExampleTraffic(random), reads: exampleReads, checks: [] },
  rows: exampleRows,
  mistakes: exampleMistakes,
  // Its clients take no part in runs with real faults, and long logs have nothing of it.
  chaos: null,
  longTraffic: null,
  history: exampleSession,
  bench: exampleBench,
  // Its tests make what they need.
  site: { load: async () => {}, release: async () => {} },
  e2e: exampleEndToEnd,
} as const satisfies TestModule;
