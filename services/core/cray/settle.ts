import type { CrayEvent, Reason, RequestRefused } from '@holdfast/events/cray/messages';
import type { Steps } from '@holdfast/events/steps';
import type { Decision, Refused } from '../decider.js';
import { type Target, targetsPerStep } from './selection.js';

/** One row of the contract's table: when something that was found refuses, and what happens to it when it does not. */
export interface Rule<T> {
  refusal(found: T): Reason | null;
  effects(found: T): CrayEvent[];
}

/**
 * Applies a rule to every target, in order. Rigid: all or nothing, so one refusal leaves only the refusals. Flexible:
 * each for itself, and the call as such is accepted.
 */
export function* settle<T>(targets: readonly Target<T>[], rigid: boolean, rule: Rule<T>): Steps<Decision<CrayEvent>> {
  const reasons: (Reason | null)[] = [];
  for (const { found } of targets) {
    if (reasons.length % targetsPerStep === targetsPerStep - 1) yield;
    reasons.push(found === null ? 'NotFound' : rule.refusal(found));
  }
  const refused = rigid ? firstOf(reasons) : null;
  const events: CrayEvent[] = [];
  // Effects come last: a reservation's keys cost a hash each, which a refused call must not pay.
  for (const [n, { xname, found }] of targets.entries()) {
    if (n > 0 && n % targetsPerStep === 0) yield;
    const reason = reasons[n] ?? null;
    if (reason !== null) events.push(refusal(xname, reason));
    else if (refused === null && found !== null) events.push(...rule.effects(found));
  }
  return refused === null
    ? { events, status: 'accepted', total: targets.length }
    : { events, status: 'refused', total: targets.length, reason: refused };
}

/** What becomes of a selection that addresses nothing at all, rigid or flexible. */
export const nothingAddressed: Refused<CrayEvent> = { events: [], status: 'refused', total: 0, reason: 'NotFound' };

export function refusal(xname: string, reason: RequestRefused['reason']): RequestRefused {
  return { type: 'cray.RequestRefused', xname, reason };
}

function firstOf(reasons: readonly (Reason | null)[]): Reason | null {
  return reasons.find((reason) => reason !== null) ?? null;
}
