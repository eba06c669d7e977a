import type { Group } from '@holdfast/log';
import type { RequestChange } from '../change.js';
import { storable } from '../text.js';

/**
 * The row of the request that a group decided; null where there is none. A repeated or conflicting request leaves the row of
 * the first as it is, and the engine's own commands (ticks) are nobody's request. Pure.
 */
export function projectRequest({ events, stamp, sequence }: Group): RequestChange | null {
  const last = events[events.length - 1];
  const outcome = last?.event;
  if (last === undefined || outcome?.type !== 'engine.RequestDecided') return null;
  if (outcome.status === 'conflict' || outcome.command.startsWith('engine.')) return null;
  const row = {
    commandId: storable(stamp.commandId),
    actor: storable(stamp.actor),
    sequence,
    decidedAt: last.stamp.time,
    events: events.map(({ event }) => event),
  };
  return { table: 'request', op: 'put', row };
}
