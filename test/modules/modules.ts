import { crayAnswers } from './cray/answers.js';
import { MemoryCray } from './cray/memory.js';
import { crayRebuilt } from './cray/rebuilt.js';
import { placementAnswers } from './placement/answers.js';
import { MemoryPlacement } from './placement/memory.js';
import { placementRebuilt } from './placement/rebuilt.js';

/* What tests of the engine have of each module: a line each. */

/** Its rows in memory. */
export const memoryModules = { cray: MemoryCray, placement: MemoryPlacement };
/** All that the read model has of it, as lists. */
export const moduleAnswers = [crayAnswers, placementAnswers] as const;
/** What a rebuild is tried on. */
export const moduleRebuilds = [crayRebuilt, placementRebuilt] as const;
