import type { KeyHashes } from '@holdfast/events/cray/keys';
import type { TestModule } from '../../module.js';
import { crayAnswers, crayEnding } from './answers.js';
import { crayChaosPart } from './chaos/part.js';
import { loadFixture, releaseEverything } from './conformance/loading.js';
import { crayEndToEnd } from './end-to-end.js';
import { readableHashes } from './given.js';
import { crayHolds, crayWholes } from './holds.js';
import { crayLongTraffic } from './long-traffic.js';
import { MemoryCray } from './memory.js';
import { crayMistakes } from './mistakes.js';
import { CrayRules } from './model.js';
import { crayOutcome } from './outcome.js';
import { crayReads } from './reads.js';
import { crayRebuilt } from './rebuilt.js';
import { craySession } from './session.js';
import { tokensGrow } from './tokens.js';
import { CrayTraffic } from './traffic.js';
import { crayBench } from './workloads.js';

export const crayTests = {
  name: 'cray',
  given: readableHashes,
  rules: (keyHashes: KeyHashes) => new CrayRules(keyHashes),
  holds: crayHolds,
  wholes: crayWholes,
  simulation: {
    weight: 7,
    traffic: (random) => new CrayTraffic(random),
    reads: crayReads,
    checks: [tokensGrow],
  },
  rows: { memory: MemoryCray, answers: crayAnswers, ending: crayEnding, rebuilt: crayRebuilt },
  mistakes: crayMistakes,
  chaos: crayChaosPart,
  history: { ...craySession, ...crayOutcome },
  bench: crayBench,
  site: { load: loadFixture, release: releaseEverything },
  e2e: crayEndToEnd,
  longTraffic: crayLongTraffic,
} as const satisfies TestModule;
