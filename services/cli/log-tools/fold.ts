import { createShardDecider, type ShardDecider, type ShardState } from '@holdfast/core';
import { createCrayDecider, type KeyHashes } from '@holdfast/core/cray/index';
import type { Group } from '@holdfast/log';
import { LogDiffers } from './difference.js';

/** The production decider. To fold, no hashes of keys are needed: events hold them. */
export function deciderWith(
  keyHashes: KeyHashes = () => ({ reservationKeyHash: '', deputyKeyHash: '' }),
): ShardDecider {
  return createShardDecider({ cray: createCrayDecider({ keyHashes }) });
}

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
