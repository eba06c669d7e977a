import type { TestModule } from './module.js';
import { crayTests } from './modules/cray/module.js';
import { placementTests } from './modules/placement/module.js';

/** Every module: a line each. */
const all = [crayTests, placementTests] as const;

/** By name. */
export type EachModule = { readonly [M in (typeof all)[number] as M['name']]: M };
export const testModules: readonly [TestModule, ...TestModule[]] = all;
