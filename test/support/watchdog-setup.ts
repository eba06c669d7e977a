import { endWhereStuck } from './watchdog.mjs';

const minute = 60_000;
const whole = process.env.HOLDFAST_SOAK === '1';

endWhereStuck(3 * minute, (whole ? 120 : 20) * minute);
