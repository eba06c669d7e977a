import { nodeRuntime } from '@holdfast/log';
import { afterAll, beforeAll, test } from 'vitest';
import { newLog, type RunningService, serve } from '../../../test/history/service.js';
import { both, requireReplayed, type Table } from '../../../test/support/replayed.js';

const [provider, nobody] = ['4e8e5957-649f-477b-9e5b-f1f75b21c03c', 'd7ee02fb-1d9e-4d6b-8ce8-5b8a8f0a5f1e'];
const consumer = '599ffd2d-526a-4b2e-8683-f13ad25f9951';
const of = (uuid: string) => `/placement/resource_providers/${uuid}`;
const holding = (consumer_generation: number | null, amount: number) => ({
  allocations: amount === 0 ? {} : { [provider]: { resources: { VCPU: amount } } },
  project_id: 'p1',
  user_id: 'u1',
  consumer_generation,
  consumer_type: 'LOCK',
});
const stale = { resource_provider_generation: 99 };
const at = (generation: number) => ({ resource_provider_generation: generation });
const placement: Table = [
  ...both(
    'createResourceProvider',
    'POST',
    '/placement/resource_providers',
    { name: 'host', uuid: provider },
    { name: 'host' },
  ),
  ...both(
    'updateResourceProvider',
    'PUT',
    of(provider),
    { name: 'host2' },
    { name: 'host2', parent_provider_uuid: nobody },
  ),
  ...both(
    'createInventory',
    'POST',
    `${of(provider)}/inventories`,
    { resource_class: 'VCPU', total: 4, ...at(0) },
    { resource_class: 'VCPU', total: 4, ...at(1) },
  ),
  ...both('updateInventory', 'PUT', `${of(provider)}/inventories/VCPU`, { total: 8, ...at(1) }, { total: 9, ...stale }),
  ...both(
    'replaceInventories',
    'PUT',
    `${of(provider)}/inventories`,
    { inventories: { VCPU: { total: 9 }, DISK_GB: { total: 1 } }, ...at(2) },
    { inventories: {}, ...stale },
  ),
  () => ({ operation: 'deleteInventory', method: 'DELETE', path: `${of(provider)}/inventories/DISK_GB` }),
  () => ({
    operation: 'deleteInventory',
    method: 'DELETE',
    path: `${of(provider)}/inventories/SRIOV_NET_VF`,
    refused: true,
  }),
  ...both('createTrait', 'PUT', '/placement/traits/CUSTOM_A', undefined, undefined).slice(0, 1),
  ...both(
    'replaceProviderTraits',
    'PUT',
    `${of(provider)}/traits`,
    { traits: ['HW_CPU_X86_VMX'], ...at(4) },
    { traits: [], ...stale },
  ),
  () => ({ operation: 'deleteProviderTraits', method: 'DELETE', path: `${of(provider)}/traits` }),
  () => ({ operation: 'deleteProviderTraits', method: 'DELETE', path: `${of(nobody)}/traits`, refused: true }),
  () => ({ operation: 'deleteTrait', method: 'DELETE', path: '/placement/traits/CUSTOM_A' }),
  () => ({ operation: 'deleteTrait', method: 'DELETE', path: '/placement/traits/CUSTOM_NONE', refused: true }),
  ...both(
    'replaceAggregates',
    'PUT',
    `${of(provider)}/aggregates`,
    { aggregates: [nobody], ...at(6) },
    { aggregates: [], ...stale },
  ),
  ...both('createResourceClass', 'POST', '/placement/resource_classes', { name: 'CUSTOM_C' }, { name: 'CUSTOM_C' }),
  () => ({ operation: 'updateResourceClass', method: 'PUT', path: '/placement/resource_classes/CUSTOM_D' }),
  () => ({ operation: 'deleteResourceClass', method: 'DELETE', path: '/placement/resource_classes/CUSTOM_D' }),
  () => ({
    operation: 'deleteResourceClass',
    method: 'DELETE',
    path: '/placement/resource_classes/CUSTOM_N',
    refused: true,
  }),
  ...both('replaceAllocations', 'PUT', `/placement/allocations/${consumer}`, holding(null, 1), holding(null, 99)),
  ...both(
    'manageAllocations',
    'POST',
    '/placement/allocations',
    { [consumer]: holding(1, 2) },
    { [consumer]: holding(7, 2) },
  ),
  () => ({ operation: 'deleteAllocations', method: 'DELETE', path: `/placement/allocations/${consumer}` }),
  () => ({ operation: 'deleteAllocations', method: 'DELETE', path: `/placement/allocations/${nobody}`, refused: true }),
  () => ({ operation: 'deleteInventories', method: 'DELETE', path: `${of(provider)}/inventories` }),
  () => ({ operation: 'deleteInventories', method: 'DELETE', path: `${of(nobody)}/inventories`, refused: true }),
  () => ({ operation: 'deleteResourceProvider', method: 'DELETE', path: of(provider) }),
  () => ({ operation: 'deleteResourceProvider', method: 'DELETE', path: of(nobody), refused: true }),
];

let service: RunningService;
beforeAll(async () => {
  service = await serve(newLog(nodeRuntime), nodeRuntime, []);
});
afterAll(() => service.close());

test('every operation says of an answer whether it was given before', async () => {
  await requireReplayed(service, 'placement/placement.yaml', placement, {
    headers: { 'openstack-api-version': 'placement 1.39', 'x-auth-token': 'admin' },
    // Each request has an id.
    told: (text) => text.replace(/req-[0-9a-f-]{36}/, 'req'),
  });
});
