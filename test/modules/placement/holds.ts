import type { PlacementCommand, PlacementEvent } from '@holdfast/events/placement/messages';
import type { Wholes } from '../../model/holds.js';

/** Whatever several consumers are to have at once. */
export const placementWholes: Wholes = {
  whole(command: PlacementCommand) {
    // Who has nothing, and is to have nothing, gets no event.
    return command.type === 'placement.AllocationsReplacementRequested' ? { counted: false } : null;
  },
  part(event: PlacementEvent) {
    if (event.type === 'placement.RequestRefused') return { of: event.subject.id, refused: true };
    return 'consumer' in event ? { of: event.consumer, refused: false } : null;
  },
};
