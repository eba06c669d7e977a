import type { CrayCommand, CrayEvent } from '@holdfast/events';
import type { LeasingDecider, Savable } from '../decider.js';
import { decide } from './decide.js';
import { evolve } from './evolve.js';
import { expire, shiftLeases } from './expiry.js';
import { PreparedHashes } from './prepared-hashes.js';
import type { KeyHashes } from './rules.js';
import { savedCray } from './saved.js';
import { type CrayState, nothingKnown } from './state.js';

/** Locks and reservations of components: every rule of both dialects. Pure; the keys' hashes come from outside (SPEC rule 12). */
export function createCrayDecider({
  keyHashes,
}: {
  keyHashes: KeyHashes;
}): LeasingDecider<CrayCommand, CrayState, CrayEvent> & Savable<CrayState> {
  const prepared = new PreparedHashes(keyHashes);
  return {
    initial: nothingKnown,
    decide: (command, state, context) => decide(command, state, context, prepared.hashes),
    prepare: (command, state, context) => prepared.prepare(command, state, context),
    evolve,
    expire,
    shiftLeases,
    ...savedCray,
  };
}
