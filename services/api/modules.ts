import { crayApi } from './cray/module.js';
import type { ApiModule } from './module.js';
import { placementApi } from './placement/module.js';

/** What is served: a line a module. The first is what the audit is asked about where nothing else is said. */
export const apiModules: readonly ApiModule[] = [crayApi, placementApi];
