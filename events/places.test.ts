import { expect, test } from 'vitest';
import type { Event } from './messages.js';
import { messageSets } from './modules.js';
import { eventKey, placeOf, resourceOf } from './places.js';
import { sampleEvents } from './samples.js';

test('an event of the engine has the key of its shard, and is on nothing; every other has a resource as its key', () => {
  for (const event of Object.values(sampleEvents)) {
    const ofEngine = event.type.startsWith('engine.');
    expect([event.type, eventKey(event, 'a-shard') === 'a-shard']).toEqual([event.type, ofEngine]);
    if (ofEngine) expect(resourceOf(event)).toBeNull();
    expect(eventKey(event, 'a-shard')).not.toBe('');
  }
});

test('each kind of resource is of one module', () => {
  const kinds = messageSets.map(({ samples }) => {
    const events = Object.values<Event>(samples.events);
    return new Set(events.flatMap((event) => resourceOf(event)?.kind ?? []));
  });
  expect(new Set(kinds.flatMap((each) => [...each])).size).toBe(kinds.reduce((sum, { size }) => sum + size, 0));
});

test('of an event that this version does not know nothing is said', () => {
  expect(placeOf({ type: 'none.Such' } as never)).toBeUndefined();
  expect(resourceOf({ type: 'none.Such' } as never)).toBeNull();
});
