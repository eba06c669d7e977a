import type { CrayCommand } from '@holdfast/events';
import { expect, test, vi } from 'vitest';
import { createCrayDecider } from './decider.js';
import { ids, keyHashes, noon, put } from './scenario.js';

const fleetIds = Array.from({ length: 2_500 }, (_, n) => `x${n}c0s0b0n0`);
const context = { now: noon, commandId: 'c', commandPosition: 7, level: 1 };
const reserve = (selected: readonly string[]): CrayCommand => ({
  type: 'cray.ReservationRequested',
  selection: ids(...selected),
  rigid: true,
  kind: 'service',
  durationMs: 60_000,
  requires: 'unlocked',
});

function fleet(hashes = keyHashes) {
  const decider = createCrayDecider({ keyHashes: hashes });
  const state = fleetIds.reduce((before, xname) => decider.evolve(before, put(xname)), decider.initial);
  return { decider, state };
}

test('hashes that were made ahead in steps change no decision, and deciding makes none', () => {
  const counted = vi.fn(keyHashes);
  const { decider, state } = fleet(counted);
  const steps = [...decider.prepare!(reserve(fleetIds), state, context)];
  expect(steps.length).toBeGreaterThanOrEqual(3);
  expect(counted).toHaveBeenCalledTimes(fleetIds.length);
  const decision = decider.decide(reserve(fleetIds), state, context);
  expect(counted).toHaveBeenCalledTimes(fleetIds.length);
  expect(decision).toEqual(fleet().decider.decide(reserve(fleetIds), state, context));
  // Those of another command are others.
  const other = { ...context, commandPosition: 8 };
  expect(decider.decide(reserve(fleetIds), state, other)).toEqual(
    fleet().decider.decide(reserve(fleetIds), state, other),
  );
});

test('a request that is refused makes none, nor one that names few', () => {
  const counted = vi.fn(keyHashes);
  const { decider, state } = fleet(counted);
  expect([...decider.prepare!(reserve([...fleetIds, 'x9c0s0b0n9']), state, context)]).toHaveLength(1);
  expect([...decider.prepare!(reserve(fleetIds.slice(0, 10)), state, context)]).toHaveLength(0);
  expect(counted).not.toHaveBeenCalled();
});
