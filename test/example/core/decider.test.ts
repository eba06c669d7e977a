import type { ExampleCommand, ExampleEvent } from '@holdfast/events/example/messages';
import { expect, test } from 'vitest';
import { exampleDecider as decider } from './decider.js';

const instrument = 'microscope-1';
const durationMs = 60_000;
const claiming: ExampleCommand = { type: 'example.ClaimRequested', instrument, durationMs };
const returning = (claim: string): ExampleCommand => ({ type: 'example.ReturnRequested', instrument, claim });
const claimed: ExampleEvent = { type: 'example.Claimed', instrument, claim: 'a.1', durationMs, expiresAt: 61_000 };
const returned: ExampleEvent = { type: 'example.Returned', instrument, claim: 'a.1' };
const expired: ExampleEvent = { type: 'example.ClaimExpired', instrument, claim: 'a.1' };

const after = (events: ExampleEvent[]) =>
  events.reduce((state, event) => decider.evolve(state, event, 1), decider.initial);
const context = { now: 1_000, commandId: 'a', commandPosition: 1, level: 1 };
const refused = (reason: string) => [{ type: 'example.ClaimRefused', instrument, reason }];

test.each<[ExampleEvent[], ExampleCommand, unknown[]]>([
  [[], claiming, [claimed]],
  [[claimed], claiming, refused('Taken')],
  [[claimed, returned], claiming, [claimed]],
  [[claimed, expired], claiming, [claimed]],
  [[claimed], returning('a.1'), [returned]],
  [[claimed], returning('another'), refused('NotYours')],
  [[], returning('a.1'), refused('NotYours')],
])('after %j, %j makes %j', (given, command, events) => {
  expect(decider.decide(command, after(given), context).events).toEqual(events);
});

test('a claim ends when its time has come, later where time itself has moved', () => {
  const held = after([claimed]);
  expect(decider.expire(held, 60_999)).toEqual([]);
  expect(decider.expire(held, 61_000)).toEqual([expired]);
  const moved = decider.shift(held, 5_000);
  expect(decider.expire(moved, 65_999)).toEqual([]);
  expect(decider.expire(moved, 66_000)).toEqual([expired]);
});

test('a state that was kept is found again', () => {
  const state = decider.shift(after([claimed]), 5_000);
  const restorer = decider.restorer();
  for (const piece of decider.save(state)) restorer.take(JSON.parse(JSON.stringify(piece)));
  expect(decider.expire(restorer.state(), 66_000)).toEqual([expired]);
});
