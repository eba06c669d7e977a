import { crayProjections } from './cray/module.js';
import { placementProjections } from './placement/module.js';

/** What each module keeps in the read model: a line each. */
export const projectionModules = [crayProjections, placementProjections] as const;
export type BuiltInModule = (typeof projectionModules)[number];
