import * as inspector from 'node:inspector';
import { endWhereStuck } from './watchdog.mjs';

const minute = 60_000;
const whole = process.env.HOLDFAST_SOAK === '1';
/** A process may have one test file after the other. */
const own = globalThis as { watched?: true };

// Who stops at a breakpoint is not stuck.
if (inspector.url() === undefined && !own.watched) {
  own.watched = true;
  endWhereStuck(3 * minute, (whole ? 120 : 20) * minute);
}
