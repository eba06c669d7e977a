import { type Event, resourceOf } from '@holdfast/events';
import { messageSets } from '@holdfast/events/modules';
import { atOnce } from '@holdfast/events/steps';
import { expect, test } from 'vitest';
import { decided, groupOf } from '../../test/support/groups.js';
import { isAnswer, projectDecision } from './project.js';

const stamp = { commandId: 'id', actor: 'alice', sequence: 7, time: 1_000 };
/** One on a resource. */
const made = (messageSets.flatMap(({ samples }) => Object.values(samples.events)) as Event[]).find(resourceOf)!;

test.each(['accepted', 'refused', 'failed'] as const)(
  'a request that was %s is kept with its whole group',
  (status) => {
    const outcome = decided('asked.X', { status });
    const events = [{ resource: resourceOf(made)!.id, event: made }];
    const decision = { commandId: 'id', actor: 'alice', sequence: 8, time: 1_000, asked: true, outcome, events };
    expect(atOnce(projectDecision(groupOf([made, outcome], stamp)))).toEqual({ table: 'decision', ...decision });
  },
);

test.each<[string, boolean, Event]>([
  ['repeats another', true, { type: 'engine.Repeated', originalSequence: 1, digest: '', origin: null }],
  ['has the id of another', true, decided('asked.X', { status: 'conflict' })],
  ['is a tick', false, decided('engine.Tick')],
  ['begins a command log', false, decided('engine.CommandLogStarted')],
])('what %s is kept, and is not what a request is answered from', (_, asked, outcome) => {
  const decision = atOnce(projectDecision(groupOf([made, outcome], stamp)))!;
  expect(decision.asked).toBe(asked);
  expect(isAnswer(decision)).toBe(false);
});

test('a request that could not be decoded can be answered from', () => {
  const outcome = decided('', { status: 'failed', reason: 'no such schema' });
  expect(isAnswer(atOnce(projectDecision(groupOf([outcome], stamp)))!)).toBe(true);
});
