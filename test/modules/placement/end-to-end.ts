import type { EndToEndPart } from '../../e2e/module.js';

const provider = '4e8e5957-649f-477b-9e5b-f1f75b21c03c';
const consumer = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';

export const placementEndToEnd: EndToEndPart = {
  // Where nobody has a token, it takes this one.
  tried: [
    {
      file: 'placement.yaml',
      operationsMin: 34,
      open: 'admin',
      method: 'get',
      path: '/resource_providers',
      status: '200',
    },
  ],
  write: {
    method: 'PUT',
    path: '/placement/allocations/2a0a8d49-f4b2-4b41-a9ae-c9b6b0d5b3ff',
    body: '{}',
    headers: { 'x-auth-token': 'admin' },
    statusIn: ({ errors }) => errors[0].status,
  },
  withheld: {
    /** A provider, and who has some of it. */
    async session(url) {
      const ask = async (method: string, path: string, body: object) => {
        const headers = {
          'content-type': 'application/json',
          'x-auth-token': 'admin',
          'openstack-api-version': 'placement 1.38',
        };
        await fetch(`${url}/placement/${path}`, { method, headers, body: JSON.stringify(body) });
      };
      await ask('POST', 'resource_providers', { name: 'host', uuid: provider });
      const inventories = { VCPU: { total: 8 } };
      await ask('PUT', `resource_providers/${provider}/inventories`, { resource_provider_generation: 0, inventories });
      await ask('PUT', `allocations/${consumer}`, {
        allocations: { [provider]: { resources: { VCPU: 2 } } },
        ...{ project_id: 'p', user_id: 'u', consumer_generation: null, consumer_type: 'LOCK' },
      });
      // It has no keys.
      return [];
    },
    resources: [
      { path: 'providers', id: provider },
      { path: 'consumers', id: consumer },
    ],
    filters: [`uuid=${provider}`],
  },
  secrets: null,
};
