import type { ModuleView } from '@holdfast/cli/view';
import type { ExampleState, HeldClaim } from '@holdfast/core/example/state';
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
        shown: { instrument, claim, expiresAt: endOf(expiresAt, state) },
        words: `claimed until ${endOf(expiresAt, state)}`,
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

function endOf(expiresAt: number, { shiftMs }: ExampleState): string {
  return new Date(expiresAt + shiftMs).toISOString();
}

function inOrder({ claims }: ExampleState): HeldClaim[] {
  return [...claims.values()].sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
}
