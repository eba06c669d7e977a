import type { ExampleEvent } from '@holdfast/events/example/messages';
import type { HoldChange, Holds } from '../../model/holds.js';

/** Claims, each of one instrument, which nobody renews. */
export const exampleHolds: Holds = {
  changeOf(given: unknown): HoldChange | null {
    const event = given as ExampleEvent;
    if (event.type === 'example.ClaimRefused') return null;
    const of = { resource: event.instrument, hold: event.claim };
    switch (event.type) {
      case 'example.Claimed':
        return { ...of, is: 'begun', keyHash: event.claim, durationMs: event.durationMs, expiresAt: event.expiresAt };
      case 'example.Returned':
        return { ...of, is: 'ended' };
      case 'example.ClaimExpired':
        return { ...of, is: 'expired' };
    }
  },
  gone: () => null,
  renewals: () => [],
};
