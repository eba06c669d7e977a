import { expect, test } from 'vitest';
import type { PlacementRequestRefused } from './messages.js';
import { type Refusal, refusalIn, refusedEvent } from './refusals.js';

const provider = { kind: 'provider', id: 'p1' } as const;
const consumer = { kind: 'consumer', id: 'c1' } as const;
const resourceClass = { kind: 'class', id: 'CUSTOM_A' } as const;
const trait = { kind: 'trait', id: 'CUSTOM_T' } as const;
const inventory = { provider: 'p1', resourceClass: 'VCPU' };

test.each<[Refusal, Partial<PlacementRequestRefused>]>([
  [{ subject: provider, reason: 'no-provider', provider: 'p1' }, { provider: 'p1' }],
  [{ subject: consumer, reason: 'no-provider', provider: 'p2' }, { provider: 'p2' }],
  [{ subject: provider, reason: 'no-parent', parent: 'p2' }, { provider: 'p2' }],
  [{ subject: provider, reason: 'provider-exists' }, { provider: 'p1' }],
  [{ subject: provider, reason: 'provider-name-taken' }, { provider: 'p1' }],
  [{ subject: provider, reason: 'provider-may-not-move', parent: 'p2' }, { provider: 'p2' }],
  [{ subject: provider, reason: 'provider-may-not-move', parent: null }, { provider: null }],
  [{ subject: provider, reason: 'provider-would-loop', parent: 'p1' }, { provider: 'p1' }],
  [{ subject: provider, reason: 'provider-in-use' }, { provider: 'p1' }],
  [{ subject: provider, reason: 'provider-has-children' }, { provider: 'p1' }],
  [
    { subject: provider, reason: 'provider-generation', generation: 4, stated: 3 },
    { provider: 'p1', generation: 4, stated: 3 },
  ],
  [{ subject: provider, reason: 'no-class', resourceClass: 'VCPU', provider: null }, inventory],
  [{ subject: consumer, reason: 'no-class', ...inventory }, inventory],
  [
    { subject: resourceClass, reason: 'no-class', resourceClass: 'CUSTOM_A', provider: null },
    { resourceClass: 'CUSTOM_A' },
  ],
  [{ subject: resourceClass, reason: 'class-exists', resourceClass: 'CUSTOM_B' }, { resourceClass: 'CUSTOM_B' }],
  [{ subject: resourceClass, reason: 'class-is-standard' }, { resourceClass: 'CUSTOM_A' }],
  [{ subject: resourceClass, reason: 'class-in-use' }, { resourceClass: 'CUSTOM_A' }],
  [{ subject: provider, reason: 'inventory-exists', ...inventory }, inventory],
  [{ subject: provider, reason: 'no-inventory', ...inventory }, inventory],
  [{ subject: provider, reason: 'inventory-in-use', ...inventory }, inventory],
  [{ subject: consumer, reason: 'outside-constraints', ...inventory }, inventory],
  [{ subject: consumer, reason: 'over-capacity', ...inventory }, inventory],
  [{ subject: consumer, reason: 'consumer-generation', generation: 1, stated: null }, { generation: 1 }],
  [{ subject: consumer, reason: 'consumer-generation', generation: null, stated: 0 }, { stated: 0 }],
  [{ subject: consumer, reason: 'no-allocations' }, {}],
  [
    { subject: provider, reason: 'no-trait', traits: ['A', 'B'] },
    { provider: 'p1', traits: ['A', 'B'] },
  ],
  [{ subject: trait, reason: 'no-trait', traits: ['CUSTOM_T'] }, {}],
  [{ subject: trait, reason: 'trait-is-standard' }, {}],
  [{ subject: trait, reason: 'trait-in-use' }, {}],
])('%j is written as it always was, and read as it was meant', (refusal, fields) => {
  const nothing = { provider: null, resourceClass: null, generation: null, stated: null, traits: [] };
  const { subject, reason } = refusal;
  const event = { type: 'placement.RequestRefused', subject, reason, ...nothing, ...fields } as const;
  expect(refusedEvent(refusal)).toEqual(event);
  expect(refusalIn(event)).toEqual(refusal);
});

test('of a reason that is not known here there is the reason', () => {
  const event = refusedEvent({ subject: provider, reason: 'provider-in-use' });
  const later = refusalIn({ ...event, reason: 'later' as 'provider-in-use' });
  expect(later).toEqual({ subject: provider, reason: 'later' });
});
