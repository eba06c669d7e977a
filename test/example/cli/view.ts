import type { ModuleView } from '@holdfast/cli/view';
import type { ExampleState } from '../core/state.js';

export const exampleView: ModuleView<ExampleState> = {
  parts: {
    claims: ({ claims }) => ({
      name: 'claims',
      noun: 'claim',
      things: [...claims.values()].map(({ instrument, claim, expiresAt }) => ({
        subject: `instrument ${instrument}`,
        shown: { instrument, claim, expiresAt },
        words: 'claimed',
      })),
    }),
    // In each claim, as it is shown.
    shiftMs: null,
  },
  tables: ({ claims }) => [{ headings: ['INSTRUMENT'], rows: claims.values().map(({ instrument }) => [instrument]) }],
  readRows: async () => null,
};
