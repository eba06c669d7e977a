import { createPlacementDecider } from '@holdfast/core/placement/decider';
import type { PlacementState } from '@holdfast/core/placement/state';
import type { HistoryPart } from '../../history/module.js';

export const placementOutcome: Pick<HistoryPart, 'outcome' | 'asRecorded'> = {
  /** What is decided on, as it is kept; nothing where there is nothing. */
  async outcome(_present, state) {
    const kept = [...createPlacementDecider().save(state as PlacementState)];
    const textOf = (piece: unknown) => JSON.stringify(piece);
    return kept.length === 0 ? {} : { placement: kept.sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1)) };
  },
  asRecorded: (outcome) => outcome,
};
