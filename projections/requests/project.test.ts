import type { Event } from '@holdfast/events';
import { expect, test } from 'vitest';
import { decided, groupOf } from '../../test/support/groups.js';
import { projectRequest } from './project.js';

const stamp = { commandId: 'id', actor: 'alice', sequence: 7, time: 1_000 };
const lock: Event = { type: 'cray.ComponentLocked', xname: 'x0' };

test.each(['accepted', 'refused', 'failed'] as const)(
  'a request that was %s is kept with its whole group',
  (status) => {
    const outcome = decided('cray.LockRequested', { status });
    const row = { commandId: 'id', actor: 'alice', sequence: 8, decidedAt: 1_000, events: [lock, outcome] };
    expect(projectRequest(groupOf([lock, outcome], stamp))).toEqual({ table: 'request', op: 'put', row });
  },
);

test.each<[string, Event]>([
  ['repeats another', { type: 'engine.Repeated', originalSequence: 1, digest: '', origin: null }],
  ['has the id of another', decided('cray.LockRequested', { status: 'conflict' })],
  ['is a tick', decided('engine.Tick')],
  ['begins a command log', decided('engine.CommandLogStarted')],
])('what %s leaves the rows of requests as they are', (_, outcome) => {
  expect(projectRequest(groupOf([lock, outcome], stamp))).toBeNull();
});

test('a request that could not be decoded is kept too', () => {
  const outcome = decided('', { status: 'failed', reason: 'no such schema' });
  expect(projectRequest(groupOf([outcome], stamp))?.row.events).toEqual([outcome]);
});
