import { craySet } from './cray/set.js';
import { engineSet } from './engine-set.js';
import { placementSet } from './placement/set.js';

/** The messages of the engine and of every module: a line each. */
export const messageSets = [engineSet, craySet, placementSet] as const;
