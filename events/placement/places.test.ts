import { expect, test } from 'vitest';
import { eventKey, placeOf, resourceOf } from '../places.js';
import { placementSamples } from './samples.js';

const { provider, consumer } = placementSamples.events['placement.ProviderAllocated'];

test.each([
  ['ProviderPut', 'provider', provider],
  ['ProviderDeleted', 'provider', provider],
  ['InventoriesSet', 'provider', provider],
  ['ProviderAllocated', 'provider', provider],
  ['ConsumerPut', 'consumer', consumer],
  ['ConsumerDeleted', 'consumer', consumer],
  ['ResourceClassCreated', 'class', 'CUSTOM_TAPE'],
  ['ResourceClassRenamed', 'class', 'CUSTOM_TAPE'],
  ['ResourceClassDeleted', 'class', 'CUSTOM_TAPE'],
  ['AggregatesSet', 'provider', provider],
  ['TraitsSet', 'provider', provider],
  ['TraitCreated', 'trait', 'CUSTOM_FAST'],
  ['TraitDeleted', 'trait', 'CUSTOM_FAST'],
  ['RequestRefused', 'consumer', consumer],
] as const)('%s is on a %s', (name, kind, id) => {
  const event = placementSamples.events[`placement.${name}`];
  expect(eventKey(event, 'a-shard')).toBe(id);
  expect(resourceOf(event)).toEqual({ kind, id });
  expect(placeOf(event)!.creates).toBe(name === 'ProviderPut' || name === 'ConsumerPut');
});

test('every event has its place here', () => {
  expect(Object.keys(placementSamples.events)).toHaveLength(14);
});
