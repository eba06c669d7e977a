import { expect, test } from 'vitest';
import { eventKey } from './places.js';
import type { Event } from './messages.js';
import { sampleEvents } from './samples.js';

const { 'cray.CollectionPut': put, 'cray.CollectionDeleted': deleted } = sampleEvents;

const { provider, consumer } = sampleEvents['placement.ProviderAllocated'];
const onProvider = new Set([
  'placement.ProviderPut',
  'placement.ProviderDeleted',
  'placement.InventoriesSet',
  'placement.ProviderAllocated',
  'placement.AggregatesSet',
  'placement.TraitsSet',
]);
const onTrait = new Set(['placement.TraitCreated', 'placement.TraitDeleted']);

function expectedKey(event: Event): string {
  if (event.type.startsWith('engine.')) return 'shard-0';
  if (event.type.startsWith('placement.ResourceClass')) return 'CUSTOM_TAPE';
  if (onTrait.has(event.type)) return 'CUSTOM_FAST';
  if (event.type.startsWith('placement.')) return onProvider.has(event.type) ? provider : consumer;
  return event.type.startsWith('cray.Collection') ? 'group:blue' : 'x1000c0s3b0n0';
}

test.each(Object.values(sampleEvents))('the key of $type is its resource', (event) => {
  expect(eventKey(event, 'shard-0')).toBe(expectedKey(event));
});

test('a group and a partition of one name have keys of their own', () => {
  expect(eventKey({ ...put, kind: 'partition' }, 'shard-0')).toBe('partition:blue');
  expect(eventKey({ ...deleted, kind: 'partition' }, 'shard-0')).toBe('partition:blue');
});
