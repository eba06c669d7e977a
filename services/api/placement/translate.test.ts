import { describe, expect, test } from 'vitest';
import { PlacementError } from './errors.js';
import { placementLimits } from './limits.js';
import {
  amountsInQuery,
  inventoryOf,
  providerCreation,
  providerUpdate,
  replacementForMany,
  replacementForOne,
} from './translate.js';

const provider = '4e8e5957-649f-477b-9e5b-f1f75b21c03c';
const consumer = '599ffd2d-526a-4b2e-8683-f13ad25f9958';
const other = 'a0b15655-273a-4b3d-9792-2e579b7d5ad9';
const allocations = { [provider]: { resources: { VCPU: 2, DISK_GB: 5 } } };
const owned = { project_id: 'p', user_id: 'u' };
const statusOf = (attempt: () => unknown): number | null => {
  try {
    attempt();
  } catch (error) {
    if (error instanceof PlacementError) return error.statusCode;
  }
  return null;
};

describe('what a consumer is to hold', () => {
  const held = [
    {
      provider,
      resources: [
        { resourceClass: 'VCPU', amount: 2 },
        { resourceClass: 'DISK_GB', amount: 5 },
      ],
    },
  ];

  test('before 1.8 it belongs to nobody, and no generation is looked at', () => {
    const body = { allocations: [{ resource_provider: { uuid: provider }, resources: { VCPU: 2, DISK_GB: 5 } }] };
    const nobody = '00000000-0000-0000-0000-000000000000';
    expect(replacementForOne(consumer, body, 0).consumers).toEqual([
      { consumer, projectId: nobody, userId: nobody, consumerType: null, generation: null, allocations: held },
    ]);
  });

  test('of a provider that is listed twice the last counts', () => {
    const listed = (amount: number) => ({ resource_provider: { uuid: provider }, resources: { VCPU: amount } });
    const { consumers } = replacementForOne(consumer, { allocations: [listed(1), listed(3)] }, 0);
    expect(consumers[0]!.allocations).toEqual([{ provider, resources: [{ resourceClass: 'VCPU', amount: 3 }] }]);
  });

  test('from 1.28 on a generation is claimed, null for none; from 1.38 on there is a type', () => {
    const at = (version: number, more: object) =>
      replacementForOne(consumer, { allocations, ...owned, ...more }, version).consumers[0];
    expect(at(27, {})).toMatchObject({ generation: null, consumerType: null, allocations: held });
    expect(at(28, { consumer_generation: null })).toMatchObject({ generation: { expected: null } });
    expect(at(38, { consumer_generation: 3, consumer_type: 'LOCK' })).toMatchObject({
      generation: { expected: 3 },
      consumerType: 'LOCK',
    });
  });

  test('several consumers are one command; a consumer in any case is the same, and may come once', () => {
    const one = { allocations, ...owned };
    const command = replacementForMany({ [consumer]: one, [other]: { ...one, allocations: {} } }, 13);
    expect(command.consumers.map(({ consumer: id, allocations: all }) => [id, all.length])).toEqual([
      [consumer, 1],
      [other, 0],
    ]);
    const twice = { [consumer]: one, [consumer.toUpperCase()]: one };
    expect(statusOf(() => replacementForMany(twice, 13))).toBe(400);
    expect(statusOf(() => replacementForMany({ ['-'.repeat(36)]: one }, 13))).toBe(400);
  });

  test('one request has so many amounts and no more', () => {
    const resources = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, n) => [`CUSTOM_${n}`, 1]));
    const { amountsMax: max } = placementLimits;
    const body = (count: number) => ({ ...owned, allocations: { [provider]: { resources: resources(count) } } });
    expect(statusOf(() => replacementForOne(consumer, body(max), 12))).toBeNull();
    expect(statusOf(() => replacementForOne(consumer, body(max + 1), 12))).toBe(400);
  });
});

describe('providers', () => {
  test('an id in any spelling is one spelling; without one there is a fresh one', () => {
    const spelled = providerCreation({ name: 'a', uuid: `{${provider.replaceAll('-', '').toUpperCase()}}` }, () => '');
    expect(spelled).toEqual({ type: 'placement.ProviderCreationRequested', provider, name: 'a', parent: null });
    expect(providerCreation({ name: 'a' }, () => other).provider).toBe(other);
  });

  test('one without a name, or below itself, cannot be', () => {
    expect(statusOf(() => providerCreation({ name: '' }, () => other))).toBe(400);
    const own = { name: 'a', uuid: provider, parent_provider_uuid: provider };
    expect(statusOf(() => providerCreation(own, () => other))).toBe(400);
  });

  test('a parent that is not named stays, null takes it, and from 1.37 on it may be another', () => {
    expect(providerUpdate(provider, { name: 'a' }, 14)).toMatchObject({ parent: null, mayMove: false });
    expect(providerUpdate(provider, { name: 'a', parent_provider_uuid: null }, 37)).toMatchObject({
      parent: { provider: null },
      mayMove: true,
    });
  });
});

describe('inventories', () => {
  const at = (version: number, body: object) => inventoryOf(provider, 'VCPU', { total: 4, ...body }, version, 'create');

  test('what is left out has the defaults of Placement', () => {
    expect(at(0, {})).toEqual({
      resourceClass: 'VCPU',
      total: 4,
      reserved: 0,
      minUnit: 1,
      maxUnit: placementLimits.integerMax,
      stepSize: 1,
      allocationRatio: 1,
    });
  });

  test('all of it may be reserved from 1.26 on, and never more', () => {
    expect(statusOf(() => at(25, { reserved: 3 }))).toBeNull();
    expect(statusOf(() => at(25, { reserved: 4 }))).toBe(400);
    expect(statusOf(() => at(26, { reserved: 4 }))).toBeNull();
    expect(statusOf(() => at(26, { reserved: 5 }))).toBe(400);
  });

  test('the capacity is what counts, in whole units', () => {
    expect(statusOf(() => at(25, { allocation_ratio: 0.24 }))).toBe(400);
    expect(statusOf(() => at(26, { allocation_ratio: 0.24 }))).toBeNull();
    expect(statusOf(() => at(26, { allocation_ratio: -1 }))).toBe(400);
  });
});

test('amounts in a query are names and whole numbers from 1 up', () => {
  expect(amountsInQuery('VCPU:2,DISK_GB:10')).toEqual([
    { resourceClass: 'VCPU', amount: 2 },
    { resourceClass: 'DISK_GB', amount: 10 },
  ]);
  for (const text of ['', ' ', 'VCPU', 'VCPU:1:2', 'VCPU:x', 'VCPU:0', 'VCPU:-1', 'VCPU:1.5', 'VCPU:1,']) {
    expect(
      statusOf(() => amountsInQuery(text)),
      text,
    ).toBe(400);
  }
});
