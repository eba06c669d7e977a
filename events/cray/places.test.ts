import { expect, test } from 'vitest';
import { eventKey, placeOf, resourceOf } from '../places.js';
import { sampleEvents } from '../samples.js';
import { craySamples } from './samples.js';

const { 'cray.CollectionPut': put, 'cray.CollectionDeleted': deleted, 'cray.RequestRefused': refused } = sampleEvents;

test.each(Object.values(craySamples.events))('the key of $type is its component or collection', (event) => {
  const onCollection = event.type.startsWith('cray.Collection');
  expect(eventKey(event, 'a-shard')).toBe(onCollection ? 'group:blue' : 'x1000c0s3b0n0');
  expect(resourceOf(event)).toEqual(onCollection ? null : { kind: 'component', id: 'x1000c0s3b0n0' });
  expect(placeOf(event)!.creates).toBe(event.type === 'cray.ComponentPut');
});

test('a group and a partition of one name have keys of their own', () => {
  expect(eventKey({ ...put, kind: 'partition' }, 'a-shard')).toBe('partition:blue');
  expect(eventKey({ ...deleted, kind: 'partition' }, 'a-shard')).toBe('partition:blue');
});

test('the refusal of a collection that exists is on no component', () => {
  expect(resourceOf({ ...refused, xname: 'blue', reason: 'Exists' })).toBeNull();
});
