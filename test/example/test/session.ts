import { rowsIn } from '@holdfast/api/example/asked';
import type { HistoryPart } from '../../history/module.js';

const instrument = 'microscope-1';

/**
 * What is recorded: every operation once accepted and once refused, a claim that ends by itself, one that moves with log
 * time, as it does below level 4, and two that are there in the end.
 */
export const exampleSession: HistoryPart = {
  async first(caller) {
    const claim = { instrument: 'telescope-1', seconds: 600 };
    await caller.send('POST', '/example/claims', { ...claim, seconds: 1 });
    await caller.pass(5_000);
    await caller.send('POST', '/example/claims', claim);
    // Half a minute back: log time and the claim go with it, which the next request tells.
    await caller.pass(-30_000);
    await caller.send('POST', '/example/claims', claim);
  },
  async second(caller) {
    const claim = { instrument, seconds: 60 };
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
