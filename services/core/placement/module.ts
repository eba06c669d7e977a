import type { PlacementCommand, PlacementEvent } from '@holdfast/events/placement/messages';
import type { CoreModule } from '../module.js';
import { createPlacementDecider } from './decider.js';
import type { PlacementState } from './state.js';

export const placementModule = {
  name: 'placement',
  since: 1,
  decider: createPlacementDecider,
  // None of them ends by itself: who has something gives it back.
  leases: ({ consumers }) => consumers.size,
} as const satisfies CoreModule<null, PlacementCommand, PlacementState, PlacementEvent>;
