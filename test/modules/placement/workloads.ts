import { randomUUID } from 'node:crypto';
import { together } from '../../bench/measure.js';
import type { BenchPart, Context } from '../../bench/module.js';
import type { Row } from '../../bench/table.js';

const allocators = 16;

/** New consumers, each with one unit of the same provider: the hardest for a database, as all change one row. */
async function allocations({ client, bounds }: Context): Promise<Row[]> {
  const provider = randomUUID();
  await client.call('POST', '/placement/resource_providers', { name: provider, uuid: provider }, 200);
  const inventories = { VCPU: { total: 2_000_000_000 } };
  const path = `/placement/resource_providers/${provider}/inventories`;
  await client.call('PUT', path, { resource_provider_generation: 0, inventories }, 200);
  const body = {
    allocations: { [provider]: { resources: { VCPU: 1 } } },
    project_id: 'p',
    user_id: 'u',
    consumer_generation: null,
    consumer_type: 'INSTANCE',
  };
  const allocate = () => client.call('PUT', `/placement/allocations/${randomUUID()}`, body, 204);
  await together(allocators, { ...bounds, elapsedMsMax: bounds.elapsedMsMax / 4 }, allocate);
  const sample = await together(allocators, bounds, allocate);
  return [{ what: `allocate of one provider, ${allocators} clients`, sample, each: { count: 1, unit: 'allocations' } }];
}

export const placementBench: BenchPart = {
  questions: async () => [],
  headers: (token) => ({ 'x-auth-token': token ?? 'admin', 'openstack-api-version': 'placement 1.38' }),
  // Each measurement makes a provider of its own.
  begin: async () => [],
  workloads: [{ name: 'placement', measure: allocations }],
};
