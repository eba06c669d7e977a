import type { CliModule } from '@holdfast/cli/module';
import type { ExampleState } from '@holdfast/core/example/state';
import { exampleCliAudit } from './audit.js';
import { addClaim } from './claim.js';

/** Instruments, and who claims them, on the command line. */
export const exampleCli: CliModule<ExampleState> = {
  name: 'example',
  basePaths: [{ path: '/example' }],
  settings: { options: [], read: () => ({}), secretFiles: () => [] },
  addCommands: addClaim,
  addUpkeep() {},
  audit: exampleCliAudit,
  files: null,
  demo: null,
  counts: 'instrument',
  holds: 'claims',
  inWords: ({ type }) => type.slice(type.indexOf('.') + 1),
  view: async () => (await import('./view.js')).exampleView,
};
