import { wordsOf } from '@holdfast/api/audit/words';
import type { Event } from '@holdfast/events';
import type { RecordedDecision } from '@holdfast/projections/audit-port';

const actor = { name: 'alice', authenticated: true, address: '10.0.0.1', userAgent: 'cli' };
export const origin = { actor, reason: 'firmware update', traceparent: '' };
/** Of alice. */
export const decision: RecordedDecision = {
  sequence: 9,
  commandId: 'c',
  actor: 'alice',
  command: 'thing.Requested',
  status: 'accepted',
  total: 3,
  reason: null,
  origin,
};
/** Of somebody who only said to be alice. */
export const stated = { origin: { ...origin, actor: { ...actor, authenticated: false } }, actor: 'anonymous' };
export const tick = { command: 'engine.Tick', actor: 'holdfast', origin: { ...origin, reason: '' } };

/** What the audit says of events and requests, where these are the modules. */
export function saying(modules: Parameters<typeof wordsOf>[0]) {
  const { eventText, requestText } = wordsOf(modules);
  return {
    ofEvent(event: Event, changes: Partial<RecordedDecision> = {}): string {
      const { type, ...rest } = event;
      const { xname: resource = null, ...detail } = rest as Record<string, string>;
      return eventText({
        sequence: 8,
        time: 0,
        type,
        resource,
        detail,
        decision: { ...decision, ...changes },
      });
    },
    ofRequest: (changes: Partial<RecordedDecision> & { originalSequence?: number }): string =>
      requestText({ ...decision, time: 0, originalSequence: null, ...changes }),
  };
}
