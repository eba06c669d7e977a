import type { AuditQueries } from '@holdfast/projections/audit-port';
import { instant } from './entries.js';
import { bad, type LogMoment } from './parameters.js';

/**
 * Throws ApiError `bad-request`, which says what there is, for a moment of which the log says nothing. `now`:
 * milliseconds since 1970.
 */
export async function requireMoment(moment: LogMoment, audit: AuditQueries, now: number): Promise<void> {
  const { rows, last } = await audit.events({ after: 0, limit: 1 });
  const first = rows[0];
  if (first === undefined) throw bad('at', 'is outside the log, which is empty');
  if ('sequence' in moment) {
    const { sequence } = moment;
    if (sequence < 1 || sequence > last) throw bad('at', `is outside the log, which has the sequences 1 to ${last}`);
    return;
  }
  const { time } = moment;
  // Log time is another clock's, and may be ahead of this one.
  const latest = time <= now ? now : Math.max(now, (await audit.events({ after: last - 1, limit: 1 })).rows[0]!.time);
  if (time < first.time || time > latest) {
    throw bad('at', `is outside the log, which begins at ${instant(first.time)}; now it is ${instant(latest)}`);
  }
}
