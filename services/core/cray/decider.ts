import type { KeyHashes } from '@holdfast/events/cray/keys';
import type { CrayCommand, CrayEvent } from '@holdfast/events/cray/messages';
import { atOnce } from '@holdfast/events/steps';
import type { LeasingDecider, SnapshotForm } from '../decider.js';
import { decideInSteps } from './decide.js';
import { evolve } from './evolve.js';
import { expire, shiftLeases } from './expiry.js';
import { craySnapshot } from './snapshot.js';
import { type CrayState, nothingKnown } from './state.js';

/**
 * Locks and reservations of components: every rule of both dialects. Pure; the keys' hashes come from outside (SPEC
 * rule 12).
 */
export function createCrayDecider(
  keyHashes: KeyHashes,
): LeasingDecider<CrayCommand, CrayState, CrayEvent> & SnapshotForm<CrayState> {
  return {
    initial: nothingKnown,
    decide: (command, state, context) => atOnce(decideInSteps(command, state, context, keyHashes)),
    decideInSteps: (command, state, context) => decideInSteps(command, state, context, keyHashes),
    evolve,
    expire: (state, now) => atOnce(expire(state, now)),
    expireInSteps: expire,
    shiftLeases: (state, aliveAt, byMs) => atOnce(shiftLeases(state, aliveAt, byMs)),
    shiftLeasesInSteps: shiftLeases,
    shift: (state, byMs) => ({ ...state, shiftMs: state.shiftMs + byMs }),
    ...craySnapshot,
  };
}
