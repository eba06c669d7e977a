import type {
  PlacementEvent,
  PlacementReason,
  PlacementRequestRefused,
  PlacementResource,
} from '@holdfast/events/placement/messages';
import type { Decision } from '../decider.js';

/** What a refusal is about, besides its reason. */
export type About = Partial<
  Pick<PlacementRequestRefused, 'provider' | 'resourceClass' | 'generation' | 'stated' | 'traits'>
>;

export type Refusal = PlacementRequestRefused;

export function refusal(subject: PlacementResource, reason: PlacementReason, about: About = {}): Refusal {
  const nothing = { provider: null, resourceClass: null, generation: null, stated: null, traits: [] };
  return { type: 'placement.RequestRefused', subject, reason, ...nothing, ...about };
}

/**
 * A request is refused as a whole, for the first reason found; where that is several things at once, there is an event for
 * each. `total` counts the consumers asked for, else it is 1.
 */
export function refused(first: Refusal, total = 1, ...others: Refusal[]): Decision<PlacementEvent> {
  return { events: [first, ...others], status: 'refused', total, reason: first.reason };
}

export function accepted(events: PlacementEvent[], total = 1): Decision<PlacementEvent> {
  return { events, status: 'accepted', total };
}
