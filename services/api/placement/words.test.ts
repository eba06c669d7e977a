import type { Event } from '@holdfast/events';
import type { RecordedDecision } from '@holdfast/projections/audit-port';
import { expect, test } from 'vitest';
import { saying, stated } from '../../../test/support/audit-words.js';
import { placementApi } from './module.js';

const { ofEvent, ofRequest } = saying([placementApi]);
const allocated = { type: 'placement.ProviderAllocated', provider: 'p1', generation: 2, consumer: 'c1' } as const;
const amount = (amount: number, resourceClass: string) => ({ resourceClass, amount });
const refusal = {
  type: 'placement.RequestRefused',
  subject: { kind: 'consumer', id: 'c1' },
  provider: 'p1',
  resourceClass: 'VCPU',
  generation: null,
  stated: null,
  traits: [] as string[],
} as const;

test.each<[Event, Partial<RecordedDecision>, string]>([
  [
    { ...allocated, resources: [amount(3, 'VCPU'), amount(1, 'CUSTOM_TAPE')] },
    { origin: null },
    '3 VCPU and 1 CUSTOM_TAPE allocated to c1 by alice',
  ],
  [{ ...allocated, resources: [] }, { origin: null }, 'nothing allocated to c1 any more by alice'],
  [
    {
      type: 'placement.ConsumerPut',
      consumer: 'c1',
      generation: 1,
      projectId: 'red',
      userId: 'bob',
      consumerType: null,
      allocations: [
        { provider: 'p1', resources: [amount(3, 'VCPU')] },
        { provider: 'p2', resources: [amount(1, 'VCPU'), amount(2, 'PCPU'), amount(9, 'DISK_GB')] },
      ],
    },
    {},
    '3 VCPU of p1 and 1 VCPU, 2 PCPU and 9 DISK_GB of p2 allocated by alice: firmware update',
  ],
  [
    { ...refusal, reason: 'over-capacity' },
    { command: 'placement.AllocationsReplacementRequested' },
    'allocation refused, as VCPU on p1 would exceed its capacity; asked by alice: firmware update',
  ],
  [
    { ...refusal, reason: 'consumer-generation', generation: null, stated: 2 },
    { command: 'placement.AllocationsReplacementRequested', origin: null },
    "allocation refused, as the consumer's generation is none, and 2 was expected; asked by alice",
  ],
  [
    { type: 'placement.AggregatesSet', provider: 'p1', generation: 2, aggregates: ['a1', 'a2'] },
    {},
    'aggregates set to a1 and a2 by alice: firmware update',
  ],
  [
    { type: 'placement.TraitsSet', provider: 'p1', generation: 3, traits: [] },
    {},
    'traits set to none by alice: firmware update',
  ],
  [{ type: 'placement.TraitCreated', name: 'CUSTOM_FAST' }, { origin: null }, 'trait CUSTOM_FAST created by alice'],
  [{ type: 'placement.TraitDeleted', name: 'CUSTOM_FAST' }, { origin: null }, 'trait CUSTOM_FAST deleted by alice'],
  [
    { ...refusal, reason: 'no-trait', traits: ['CUSTOM_A', 'CUSTOM_B'] },
    { command: 'placement.TraitsReplacementRequested', origin: null },
    'change of traits refused, as there is no trait CUSTOM_A and CUSTOM_B; asked by alice',
  ],
  [
    { ...refusal, subject: { kind: 'trait', id: 'CUSTOM_A' }, reason: 'trait-in-use' },
    { command: 'placement.TraitDeletionRequested', origin: null },
    'deletion of a trait refused, as a provider has the trait; asked by alice',
  ],
  [
    { ...refusal, reason: 'later' as 'no-class' },
    { command: 'placement.LaterRequested', origin: null },
    'placement.LaterRequested refused, as later; asked by alice',
  ],
  [
    { type: 'placement.ProviderPut', provider: 'p1', name: 'rack 1', parent: 'p0', generation: 0 },
    stated,
    'provider rack 1 under p0 written by alice (as stated): firmware update',
  ],
])('%j with %j is "%s"', (event, changes, text) => {
  expect(ofEvent(event, changes)).toBe(text);
});

test('a request is said with what it counts', () => {
  const command = 'placement.AllocationsReplacementRequested';
  expect(ofRequest({ command })).toBe('accepted: allocation of 3 consumers by alice: firmware update');
});
