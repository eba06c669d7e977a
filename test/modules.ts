import type { TestModule } from './module.js';
import { crayTests } from './modules/cray/module.js';
import { placementTests } from './modules/placement/module.js';

/** Every module: a line each. */
export const testModules: readonly [TestModule, ...TestModule[]] = [crayTests, placementTests];
