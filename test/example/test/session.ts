import { rowsIn } from '@holdfast/api/example/asked';
import type { HistoryPart } from '../../history/module.js';

const instrument = 'microscope-1';

/** What is recorded: every operation once accepted and once refused, and a claim that ends by itself. */
export const exampleSession: HistoryPart = {
  // Where the level is yet to be raised there are none.
  first: null,
  async second(caller) {
    const claim = { instrument, seconds: 60 };
    await caller.send('POST', '/example/claims', { ...claim, seconds: 1 });
    await caller.passForAll(2_000);
    const claimed = await caller.send('POST', '/example/claims', claim);
    await caller.send('POST', '/example/claims', claim);
    await caller.send('POST', '/example/returns', { instrument, claim: claimed.claim });
    await caller.send('POST', '/example/returns', { instrument, claim: claimed.claim });
    await caller.send('POST', '/example/claims', claim);
  },
  again: null,
  /** Nothing where there is nothing, as in what was recorded before there were instruments. */
  async outcome(present) {
    const claims = await rowsIn({ present }).claims();
    return claims.length === 0 ? {} : { claims };
  },
  asRecorded: (outcome) => outcome,
};
