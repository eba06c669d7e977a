import type { PlacementCommand, PlacementEvent } from '@holdfast/events/placement/messages';
import type { LeasingDecider, SnapshotForm } from '../decider.js';
import { decide } from './decide.js';
import { evolve } from './evolve.js';
import { placementSnapshot } from './snapshot.js';
import { nothingPlaced, type PlacementState } from './state.js';

/** Allocations of counted resources: every rule of OpenStack Placement that depends on what there is. Pure. */
export function createPlacementDecider(): LeasingDecider<PlacementCommand, PlacementState, PlacementEvent> &
  SnapshotForm<PlacementState> {
  return {
    initial: nothingPlaced,
    decide,
    // A request names as many things as its limits let it.
    decideInSteps: null,
    evolve,
    // Allocations have no expiry.
    expire: () => [],
    expireInSteps: null,
    shiftLeases: () => [],
    shiftLeasesInSteps: null,
    shift: (state) => state,
    ...placementSnapshot,
  };
}
