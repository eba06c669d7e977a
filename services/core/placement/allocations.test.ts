import type { PlacementEvent } from '@holdfast/events/placement/messages';
import { describe, expect, test } from 'vitest';
import {
  after,
  ask,
  done,
  generations,
  given,
  inventories,
  inventory,
  of,
  provider,
  refusedFor,
  release,
  replace,
  usageOf,
  when,
} from './scenario.js';

const twoProviders = given(
  provider('p1'),
  inventories('p1', 1, inventory('VCPU', 4), inventory('MEMORY_MB', 1024, { minUnit: 64, maxUnit: 512, stepSize: 64 })),
  provider('p2'),
  inventories('p2', 1, inventory('VCPU', 4)),
);
const asConsumer = (id: string) => ({ kind: 'consumer', id }) as const;
const types = (events: PlacementEvent[]) => events.map(({ type }) => type.replace('placement.', ''));

test('a new consumer gets what it asks for, at generation 1, and its providers rise by one each', () => {
  const wanted = [of('p1', { VCPU: 2, MEMORY_MB: 128 }), of('p2', { VCPU: 1 })];
  expect(when(twoProviders, replace(ask('c1', wanted, { consumerType: 'INSTANCE' })))).toEqual({
    events: [
      { type: 'placement.ProviderAllocated', generation: 2, consumer: 'c1', ...wanted[0] },
      { type: 'placement.ProviderAllocated', generation: 2, consumer: 'c1', ...wanted[1] },
      {
        type: 'placement.ConsumerPut',
        consumer: 'c1',
        generation: 1,
        projectId: 'project',
        userId: 'user',
        consumerType: 'INSTANCE',
        allocations: wanted,
      },
    ],
    status: 'accepted',
    total: 1,
  });
});

test('a request replaces all that the consumer held; a provider it only leaves keeps its generation', () => {
  const before = done(twoProviders, replace(ask('c1', [of('p1', { VCPU: 4 })])));
  const { events } = when(before, replace(ask('c1', [of('p2', { VCPU: 3 })])));
  expect(events).toMatchObject([
    { type: 'placement.ProviderAllocated', provider: 'p2', generation: 2 },
    { type: 'placement.ProviderAllocated', provider: 'p1', generation: 2, resources: [] },
    { type: 'placement.ConsumerPut', generation: 2, allocations: [of('p2', { VCPU: 3 })] },
  ]);
  const state = after(before, ...events);
  expect([usageOf(state, 'p1'), usageOf(state, 'p2')]).toEqual([{}, { VCPU: 3 }]);
});

test('what stays as it was counts as touched: provider and consumer rise', () => {
  const same = replace(ask('c1', [of('p1', { VCPU: 4 })]));
  const state = done(twoProviders, same, same);
  expect(generations(state)).toEqual({ p1: 3, p2: 1, c1: 2 });
  expect(usageOf(state, 'p1')).toEqual({ VCPU: 4 });
});

test('a provider rises once for a request, however many consumers it serves, and every event says the last', () => {
  const both = replace(ask('c1', [of('p1', { VCPU: 1 })]), ask('c2', [of('p1', { VCPU: 1 })]));
  expect(when(twoProviders, both)).toMatchObject({
    events: [{ generation: 2 }, { consumer: 'c1' }, { generation: 2 }, { consumer: 'c2' }],
    total: 2,
  });
});

test('a consumer that asks for nothing ceases to exist, raises what it held of, and comes again as a new one', () => {
  const before = done(twoProviders, replace(ask('c1', [of('p1', { VCPU: 4 })])));
  const { events } = when(before, replace(ask('c1', [], { generation: { expected: 1 } })));
  expect(types(events)).toEqual(['ProviderAllocated', 'ConsumerDeleted']);
  expect(generations(after(before, ...events))).toEqual({ p1: 3, p2: 1 });
  const again = replace(ask('c1', [of('p1', { VCPU: 1 })], { generation: { expected: null } }));
  expect(generations(done(after(before, ...events), again))).toMatchObject({ c1: 1 });
});

test('a consumer that does not exist and asks for nothing gets nothing, without an event', () => {
  expect(when(twoProviders, replace(ask('c1', [])))).toEqual({
    events: [],
    status: 'accepted',
    total: 1,
  });
});

test('a deletion raises no generation', () => {
  const before = done(twoProviders, replace(ask('c1', [of('p1', { VCPU: 4 }), of('p2', { VCPU: 1 })])));
  const { events } = when(before, release('c1'));
  expect(types(events)).toEqual(['ProviderAllocated', 'ProviderAllocated', 'ConsumerDeleted']);
  expect(generations(after(before, ...events))).toEqual({ p1: 2, p2: 2 });
  expect(when(after(before, ...events), release('c1'))).toEqual(refusedFor(asConsumer('c1'), 'no-allocations', {}));
});

test('project, user and type become those of the request; a type of null leaves it', () => {
  const first = replace(ask('c1', [of('p1', { VCPU: 1 })], { consumerType: 'INSTANCE' }));
  const second = replace(ask('c1', [of('p1', { VCPU: 1 })], { projectId: 'other', userId: 'another' }));
  const state = done(twoProviders, first, second);
  expect(state.consumers.get('c1')).toMatchObject({ projectId: 'other', userId: 'another', consumerType: 'INSTANCE' });
});

describe('a consumer generation', () => {
  const wanted = [of('p1', { VCPU: 1 })];
  const held = done(twoProviders, replace(ask('c1', wanted)));
  const claiming = (expected: number | null) => replace(ask('c1', wanted, { generation: { expected } }));

  test('must be the one that the consumer has, and null where there is none', () => {
    expect(when(held, claiming(1)).status).toBe('accepted');
    expect(when(twoProviders, claiming(null)).status).toBe('accepted');
    const stale = (generation: number | null, stated: number | null) =>
      refusedFor(asConsumer('c1'), 'consumer-generation', { generation, stated });
    expect(when(held, claiming(null))).toEqual(stale(1, null));
    expect(when(held, claiming(2))).toEqual(stale(1, 2));
    expect(when(twoProviders, claiming(0))).toEqual(stale(null, 0));
  });

  test('of every consumer comes before all else, in the order of the request', () => {
    const absurd = [of('nowhere', { NOTHING: 99 })];
    const stale = { generation: { expected: 7 } };
    const { events, total } = when(
      held,
      replace(ask('c0', absurd), ask('c2', wanted, stale), ask('c1', wanted, stale)),
    );
    expect({ events, total }).toMatchObject({
      events: [{ reason: 'consumer-generation', subject: { id: 'c2' } }],
      total: 3,
    });
  });
});

test.each([
  ['a provider that is not there, before a class', [of('nowhere', { NOTHING: 1 })], 'no-provider', ['nowhere', null]],
  [
    'a class that is not there, before an inventory',
    [of('p2', { MEMORY_MB: 1, NOTHING: 1 })],
    'no-class',
    ['p2', 'NOTHING'],
  ],
  [
    'a provider without any of the classes',
    [of('p1', { VCPU: 9 }), of('p3', { VCPU: 1 })],
    'no-inventory',
    ['p3', 'VCPU'],
  ],
  [
    'a class that the provider does not have',
    [of('p1', { MEMORY_MB: 64 }), of('p2', { MEMORY_MB: 64, VCPU: 9 })],
    'no-inventory',
    ['p2', 'MEMORY_MB'],
  ],
  ['less than the least', [of('p1', { MEMORY_MB: 32 })], 'outside-constraints', ['p1', 'MEMORY_MB']],
  ['more than the most', [of('p1', { MEMORY_MB: 576 })], 'outside-constraints', ['p1', 'MEMORY_MB']],
  ['between two steps', [of('p1', { MEMORY_MB: 100 })], 'outside-constraints', ['p1', 'MEMORY_MB']],
  ['more than there is', [of('p1', { MEMORY_MB: 64, VCPU: 5 })], 'over-capacity', ['p1', 'VCPU']],
] as const)('%s is refused', (_, wanted, reason, [about, resourceClass]) => {
  const state = after(twoProviders, provider('p3'), inventories('p3', 1, inventory('DISK_GB', 1)));
  const expected = refusedFor(asConsumer('c1'), reason, { provider: about, resourceClass });
  expect(when(state, replace(ask('c1', [...wanted])))).toEqual(expected);
});

test('capacity is what is not reserved, times the ratio, fractions and all', () => {
  const holding = inventory('VCPU', 5, { reserved: 2, allocationRatio: 1.5 });
  const state = given(provider('p1'), inventories('p1', 1, holding));
  expect(when(state, replace(ask('c1', [of('p1', { VCPU: 4 })]))).status).toBe('accepted');
  expect(when(state, replace(ask('c1', [of('p1', { VCPU: 5 })]))).reason).toBe('over-capacity');
});

test('the consumers of a request count together, and what they held before counts for none of them', () => {
  const full = done(twoProviders, replace(ask('c1', [of('p1', { VCPU: 3 })]), ask('c2', [of('p1', { VCPU: 1 })])));
  const swapped = replace(ask('c2', [of('p1', { VCPU: 3 })]), ask('c1', [of('p1', { VCPU: 1 })]));
  expect(usageOf(done(full, swapped), 'p1')).toEqual({ VCPU: 4 });
  const more = replace(ask('c2', [of('p1', { VCPU: 3 })]), ask('c1', [of('p1', { VCPU: 2 })]));
  const offender = refusedFor(asConsumer('c1'), 'over-capacity', { provider: 'p1', resourceClass: 'VCPU' }, 2);
  expect(when(full, more)).toEqual(offender);
});

test('over capacity is allowed where the use becomes no more than it was, and only there', () => {
  const full = done(twoProviders, replace(ask('c1', [of('p1', { VCPU: 3 })]), ask('c2', [of('p1', { VCPU: 1 })])));
  const oversold = after(full, inventories('p1', 3, inventory('VCPU', 1)));
  const wants = (amount: number) => replace(ask('c1', [of('p1', { VCPU: amount })]));
  expect(when(oversold, wants(2)).status).toBe('accepted');
  expect(when(oversold, wants(3)).status).toBe('accepted');
  expect(when(oversold, wants(4)).reason).toBe('over-capacity');
  const moved = replace(ask('c1', []), ask('c3', [of('p1', { VCPU: 3 })]));
  expect(when(oversold, moved).status).toBe('accepted');
});

test('a consumer of nothing but a failed request never was', () => {
  const before = twoProviders;
  const { events } = when(before, replace(ask('c1', [of('nowhere', { VCPU: 1 })], { generation: { expected: null } })));
  const state = after(before, ...events);
  expect(state).toBe(before);
  const again = replace(ask('c1', [of('p1', { VCPU: 1 })], { generation: { expected: null } }));
  expect(when(state, again).status).toBe('accepted');
});

test('of 100 who race for the last unit one gets it', () => {
  let state = given(provider('p1'), inventories('p1', 1, inventory('VCPU', 1)));
  const reasons = Array.from({ length: 100 }, (_, n) => {
    const { events, reason } = when(
      state,
      replace(ask(`c${n}`, [of('p1', { VCPU: 1 })], { generation: { expected: null } })),
    );
    state = after(state, ...events);
    return reason;
  });
  expect(reasons.filter((reason) => reason === undefined)).toHaveLength(1);
  expect(reasons.filter((reason) => reason === 'over-capacity')).toHaveLength(99);
  expect(usageOf(state, 'p1')).toEqual({ VCPU: 1 });
});
