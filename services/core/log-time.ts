import { coreLimits } from './limits.js';

/**
 * Log time: the only clock that decides on a lease. SPEC rule 10.
 *
 * It follows the append times of commands and does not go back for small disorder. Two jumps move the live leases with
 * it: a silence, during which nobody could have renewed, and a step back of the log's clock, after which a lease would
 * otherwise last too long.
 */
export interface Moment {
  now: number;
  /** By how much leases alive at the time before must move; 0 nearly always. */
  shiftMs: number;
}

/** `last` is the log time so far (0 before the first command), `appendTime` the next command's. Milliseconds since 1970. */
export function nextMoment(last: number, appendTime: number): Moment {
  const step = appendTime - last;
  if (last === 0) return { now: appendTime, shiftMs: 0 };
  if (Math.abs(step) > coreLimits.silenceMs) return { now: appendTime, shiftMs: step };
  return { now: Math.max(last, appendTime), shiftMs: 0 };
}
