import type { CrayCommand, CrayEvent } from '@holdfast/events';
import type { LeasingDecider } from '../decider.js';
import { decide, type KeyHashes } from './decide.js';
import { evolve } from './evolve.js';
import { expire, shiftLeases } from './expiry.js';
import { type CrayState, initialState } from './state.js';

export type { KeyHashes } from './decide.js';
export type { CrayState } from './state.js';

/** Locks and reservations of components, as the Cray Lock & Reservation Service has them. */
export function createCrayDecider({
  keyHashes,
}: {
  keyHashes: KeyHashes;
}): LeasingDecider<CrayCommand, CrayState, CrayEvent> {
  return {
    initial: initialState,
    decide: (command, state, context) => decide(keyHashes, command, state, context),
    evolve,
    expire,
    shiftLeases,
  };
}
