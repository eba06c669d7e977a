import type { CliModule } from '@holdfast/cli/module';
import { claimAudit } from '../api/audit.js';
import type { ExampleState } from '../core/state.js';

/** Instruments, and who claims them, on the command line. */
export const exampleCli: CliModule<ExampleState> = {
  name: 'example',
  basePaths: [{ path: '/example' }],
  settings: { options: [], read: () => ({}) },
  addCommands: (program) => void program.command('claim').description('claim an instrument'),
  addUpkeep() {},
  audit: {
    asks: 'instruments',
    history: {
      path: 'instruments',
      id: 'an instrument by its name',
      example: 'an instrument by its name, such as lens-1',
      isId: (text) => /^[a-z]+-\d+$/.test(text),
    },
    resource: claimAudit.resource,
    event: 'example.Claimed',
    holders: claimAudit.holders,
    checkHolders: async () => {},
    showHolders: () => {},
    past: {
      ids: ['[name...]', 'instruments'],
      idsBy: 'instruments',
      checkIds() {},
      withFilters: (command) => command,
      filtersIn: () => ({}),
      check: async () => {},
      show: () => {},
    },
  },
  importFile: null,
  demo: null,
  counts: 'instrument',
  inWords: ({ type }) => type,
  view: async () => (await import('./view.js')).exampleView,
};
