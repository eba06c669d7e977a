import type { ShardDecider, ShardState } from '@holdfast/core';
import type { Group } from '@holdfast/log';
import { LogDiffers } from './difference.js';

/** The state after a group. Throws LogDiffers where the group contradicts it. */
export function folded(decider: ShardDecider, state: ShardState, { events, stamp, sequence, end }: Group): ShardState {
  const { time, commandId } = stamp;
  try {
    return decider.evolve(state, { events: events.map(({ event }) => event), time, commandId, sequence });
  } catch (error) {
    const expected = 'events that fit the state before them';
    throw new LogDiffers({ where: 'events', position: end - 1, sequence, expected, found: (error as Error).message });
  }
}
