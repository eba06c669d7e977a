import { createDecider, type ShardDecider, type ShardState } from '@holdfast/core';
import { givensToFold } from '@holdfast/events';
import type { Group } from '@holdfast/log';

/** For whoever reads a log and decides nothing: it needs no secret. */
export function foldingDecider(): ShardDecider {
  return createDecider(givensToFold());
}

/** The state after a group. Throws where the group contradicts it. */
export function folded(decider: ShardDecider, state: ShardState, { events, stamp, sequence }: Group): ShardState {
  const { time, commandId } = stamp;
  return decider.evolve(state, { events: events.map(({ event }) => event), time, commandId, sequence });
}
