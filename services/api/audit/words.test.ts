import type { Event } from '@holdfast/events';
import { sampleEvents } from '@holdfast/events/samples';
import { expect, test } from 'vitest';
import { saying, tick } from '../../../test/support/audit-words.js';
import { apiModules } from '../modules.js';

const { ofEvent, ofRequest } = saying(apiModules);

test('events of the engine are said in words', () => {
  const event: Event = { type: 'engine.TimeShifted', byMs: -9_000 };
  const words = "every lease moved by -9000 ms, as the log's clock was set, or the log was silent";
  expect(ofEvent(event, tick)).toBe(words);
});

test('every type of event has words', () => {
  for (const event of Object.values(sampleEvents)) expect(ofEvent(event)).not.toContain(event.type);
});

test('a type that has no words goes by its name, of an event and of a request', () => {
  const event = { type: 'nosuch.ShareLocked', xname: 'x0' } as unknown as Event;
  expect(ofEvent(event)).toBe('nosuch.ShareLocked by alice: firmware update');
  expect(ofRequest({ command: 'nosuch.LockRequested' })).toBe(
    'accepted: nosuch.LockRequested by alice: firmware update',
  );
});
