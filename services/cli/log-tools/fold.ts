import type { ShardDecider, ShardState } from '@holdfast/core';
import type { Group } from '@holdfast/log';
import { folded as stateAfter } from '@holdfast/shard';
import { LogDiffers } from './difference.js';

/** The state after a group. Throws LogDiffers where the group contradicts it. */
export function folded(decider: ShardDecider, state: ShardState, group: Group): ShardState {
  try {
    return stateAfter(decider, state, group);
  } catch (error) {
    const { sequence, end } = group;
    const expected = 'events that fit the state before them';
    throw new LogDiffers({ where: 'events', position: end - 1, sequence, expected, found: (error as Error).message });
  }
}
