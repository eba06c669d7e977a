import type { PlacementCommand } from '@holdfast/events/placement/messages';
import { expect, test } from 'vitest';
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

const asProvider = (id: string) => ({ kind: 'provider', id }) as const;
const asClass = (id: string) => ({ kind: 'class', id }) as const;
const set = (generation: number, ...all: ReturnType<typeof inventory>[]): PlacementCommand => ({
  type: 'placement.InventoriesReplacementRequested',
  provider: 'P',
  generation,
  inventories: all,
});
const withTwo = given(provider('P'), inventories('P', 4, inventory('DISK_GB', 10), inventory('VCPU', 4)));

test('a new provider has generation 0 and nothing else', () => {
  const command = { type: 'placement.ProviderCreationRequested', provider: 'P', name: 'host', parent: 'Q' } as const;
  const { events } = when(given(provider('Q')), command);
  expect(events).toEqual([{ type: 'placement.ProviderPut', provider: 'P', name: 'host', parent: 'Q', generation: 0 }]);
});

test('inventories are set in the order of the request, and the generation rises by one also where nothing changes', () => {
  const same = [inventory('DISK_GB', 10), inventory('VCPU', 4)];
  expect(when(withTwo, set(4, ...same)).events).toEqual([inventories('P', 5, ...same)]);
  expect(when(withTwo, set(4, ...same.toReversed())).events).toEqual([inventories('P', 5, ...same.toReversed())]);
  expect(when(given(provider('P')), set(0)).events).toEqual([inventories('P', 1)]);
});

test('one inventory that changes keeps its place, and a new one comes last', () => {
  const larger = inventory('DISK_GB', 11);
  const change = {
    type: 'placement.InventoryUpdateRequested',
    provider: 'P',
    generation: 4,
    inventory: larger,
  } as const;
  expect(when(withTwo, change).events).toEqual([inventories('P', 5, larger, inventory('VCPU', 4))]);
  const third = inventory('VGPU', 1);
  const add = { type: 'placement.InventoryCreationRequested', provider: 'P', inventory: third } as const;
  expect(when(withTwo, add).events).toEqual([
    inventories('P', 5, inventory('DISK_GB', 10), inventory('VCPU', 4), third),
  ]);
});

test('a stale generation is refused with both, and what an inventory is refused for is named', () => {
  const stale = refusedFor(asProvider('P'), 'provider-generation', { provider: 'P', generation: 4, stated: 3 });
  expect(when(withTwo, set(3))).toEqual(stale);
  const held = done(withTwo, replace(ask('C', [of('P', { VCPU: 1 })])));
  const inUse = refusedFor(asProvider('P'), 'inventory-in-use', { provider: 'P', resourceClass: 'VCPU' });
  expect(when(held, set(5, inventory('DISK_GB', 10)))).toEqual(inUse);
});

test('every inventory in use that a replacement would take away is named', () => {
  const held = done(withTwo, replace(ask('C', [of('P', { VCPU: 1, DISK_GB: 1 })])));
  const { events, reason } = when(held, set(5));
  expect(events).toMatchObject([{ resourceClass: 'DISK_GB' }, { resourceClass: 'VCPU' }]);
  expect(reason).toBe('inventory-in-use');
});

test('an inventory may shrink below what is in use', () => {
  const held = done(withTwo, replace(ask('C', [of('P', { VCPU: 4 })])));
  expect(when(held, set(5, inventory('VCPU', 1))).status).toBe('accepted');
});

test('a move keeps inventories, use, children and generation, and frees the old name', () => {
  const child = { type: 'placement.ProviderPut', provider: 'R', name: 'below', parent: 'P', generation: 0 } as const;
  const before = done(after(withTwo, provider('Q'), child), replace(ask('C', [of('P', { VCPU: 1 })])));
  const parent = { provider: 'Q' };
  const moved = done(before, {
    type: 'placement.ProviderUpdateRequested',
    provider: 'P',
    name: 'new',
    parent,
    mayMove: true,
  });
  expect(moved.providers.get('P')).toEqual({ ...before.providers.get('P'), name: 'new', parent: 'Q' });
  expect(moved.providers.get('Q')).toMatchObject({ children: 1 });
  const taken = {
    type: 'placement.ProviderCreationRequested',
    provider: 'S',
    name: 'name of P',
    parent: null,
  } as const;
  expect(when(moved, taken).status).toBe('accepted');
});

test('a provider may not come below its grandchild', () => {
  const tree = given(provider('A'), provider('B', { parent: 'A' }), provider('C', { parent: 'B' }));
  const parent = { provider: 'C' };
  const move = {
    type: 'placement.ProviderUpdateRequested',
    provider: 'A',
    name: 'new',
    parent,
    mayMove: true,
  } as const;
  expect(when(tree, move)).toEqual(refusedFor(asProvider('A'), 'provider-would-loop', { provider: 'C' }));
});

test('a parent may be deleted once its child is gone, and a provider once nothing is allocated from it', () => {
  const tree = given(provider('A'), provider('B', { parent: 'A' }), inventories('B', 1, inventory('VCPU', 1)));
  const held = done(tree, replace(ask('C', [of('B', { VCPU: 1 })])));
  const remove = (id: string): PlacementCommand => ({ type: 'placement.ProviderDeletionRequested', provider: id });
  expect(when(held, remove('A'))).toEqual(refusedFor(asProvider('A'), 'provider-has-children', { provider: 'A' }));
  expect(when(held, remove('B'))).toEqual(refusedFor(asProvider('B'), 'provider-in-use', { provider: 'B' }));
  const state = done(held, release('C'), remove('B'), remove('A'));
  expect([state.providers.size, state.names.size]).toEqual([0, 0]);
});

test('a class that is renamed keeps its inventories and allocations, and no generation rises', () => {
  const created = { type: 'placement.ResourceClassCreated', name: 'CUSTOM_A' } as const;
  const offering = inventories('P', 1, inventory('CUSTOM_A', 4), inventory('VCPU', 4));
  const before = done(
    given(created, provider('P'), offering, provider('Q'), inventories('Q', 1, inventory('VCPU', 1))),
    replace(ask('C', [of('P', { VCPU: 1, CUSTOM_A: 2 }), of('Q', { VCPU: 1 })])),
  );
  const { events } = when(before, {
    type: 'placement.ResourceClassRenamingRequested',
    name: 'CUSTOM_A',
    newName: 'CUSTOM_B',
  });
  const resources = of('P', { VCPU: 1, CUSTOM_B: 2 }).resources;
  expect(events).toMatchObject([
    { type: 'placement.ResourceClassRenamed', name: 'CUSTOM_A', newName: 'CUSTOM_B' },
    { type: 'placement.InventoriesSet', provider: 'P', inventories: [{ resourceClass: 'CUSTOM_B', total: 4 }, {}] },
    { type: 'placement.ProviderAllocated', provider: 'P', consumer: 'C', resources },
    { type: 'placement.ConsumerPut', consumer: 'C', allocations: [{ provider: 'P', resources }, { provider: 'Q' }] },
  ]);
  const state = after(before, ...events);
  expect(generations(state)).toEqual(generations(before));
  expect(usageOf(state, 'P')).toEqual({ VCPU: 1, CUSTOM_B: 2 });
  const forget = { type: 'placement.ResourceClassDeletionRequested', name: 'CUSTOM_B' } as const;
  expect(when(state, forget)).toEqual(refusedFor(asClass('CUSTOM_B'), 'class-in-use', { resourceClass: 'CUSTOM_B' }));
});

test('an event that contradicts the state is a bug, not a state', () => {
  const put = { type: 'placement.ConsumerPut', consumer: 'C', generation: 1, projectId: '', userId: '' } as const;
  expect(() => given({ ...put, consumerType: null, allocations: [of('P', { VCPU: 1 })] })).toThrow('does not exist');
  expect(() => given({ type: 'placement.ConsumerDeleted', consumer: 'C' })).toThrow('does not exist');
  expect(() => given(provider('P', { parent: 'Q' }))).toThrow('does not exist');
  expect(() => given(inventories('P', 1))).toThrow('does not exist');
});
