import type { ModuleView } from '@holdfast/cli/view';
import type { Claim, ExampleState } from '@holdfast/core/example/state';
import { exampleProjections } from '@holdfast/projections/example/module';
import { claimRows } from './rows.js';

/** What the tools on a log show of instruments. */
export const exampleView: ModuleView<ExampleState> = {
  parts: {
    claims: (state) => ({
      name: 'claims',
      noun: 'claim',
      things: inOrder(state).map(({ instrument, claim, expiresAt }) => ({
        subject: `instrument ${instrument}`,
        shown: { instrument, claim, expiresAt: expiresAt + state.shiftMs },
        words: `claimed until ${new Date(expiresAt + state.shiftMs).toISOString()}`,
      })),
    }),
    // In the end of each claim.
    shiftMs: null,
  },
  tables: (state) => [
    { headings: ['INSTRUMENT', 'CLAIM'], rows: inOrder(state).map(({ instrument, claim }) => [instrument, claim]) },
  ],
  async readRows(database, shard) {
    const { answer, read } = await exampleProjections.present.rows(database, shard);
    return read.status === undefined ? null : claimRows(read.status, answer);
  },
};

function inOrder({ claims }: ExampleState): Claim[] {
  return [...claims.values()].sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
}
