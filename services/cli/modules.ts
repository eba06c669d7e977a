import { crayCli } from './cray/module.js';
import type { CliModule } from './module.js';
import { addBasePaths } from './own-paths.js';
import { placementCli } from './placement/module.js';

/**
 * What the command line knows: a line a module. The first is what the audit is asked about where nothing else is said.
 */
// biome-ignore lint/suspicious/noExplicitAny: each is given the state of its own module.
export const cliModules: readonly [CliModule<any>, ...CliModule<any>[]] = [crayCli, placementCli];

addBasePaths(cliModules.flatMap(({ basePaths }) => basePaths));
