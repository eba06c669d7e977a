import type { Event } from '@holdfast/events';
import { atOnce } from '@holdfast/events/steps';
import { expect, test } from 'vitest';
import { decided, groupOf } from '../../test/support/groups.js';
import { isAnswer, projectDecision } from './project.js';

const stamp = { commandId: 'id', actor: 'alice', sequence: 7, time: 1_000 };
const lock: Event = { type: 'cray.ComponentLocked', xname: 'x0' };

test.each(['accepted', 'refused', 'failed'] as const)(
  'a request that was %s is kept with its whole group',
  (status) => {
    const outcome = decided('cray.LockRequested', { status });
    const events = [{ resource: 'x0', event: lock }];
    const decision = { commandId: 'id', actor: 'alice', sequence: 8, time: 1_000, asked: true, outcome, events };
    expect(atOnce(projectDecision(groupOf([lock, outcome], stamp)))).toEqual({ table: 'decision', ...decision });
  },
);

test.each<[string, boolean, Event]>([
  ['repeats another', true, { type: 'engine.Repeated', originalSequence: 1, digest: '', origin: null }],
  ['has the id of another', true, decided('cray.LockRequested', { status: 'conflict' })],
  ['is a tick', false, decided('engine.Tick')],
  ['begins a command log', false, decided('engine.CommandLogStarted')],
])('what %s is kept, and is not what a request is answered from', (_, asked, outcome) => {
  const decision = atOnce(projectDecision(groupOf([lock, outcome], stamp)))!;
  expect(decision.asked).toBe(asked);
  expect(isAnswer(decision)).toBe(false);
});

test('a request that could not be decoded can be answered from', () => {
  const outcome = decided('', { status: 'failed', reason: 'no such schema' });
  expect(isAnswer(atOnce(projectDecision(groupOf([outcome], stamp)))!)).toBe(true);
});
