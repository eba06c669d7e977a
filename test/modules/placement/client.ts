import { randomUUID } from 'node:crypto';
import { call, type Reply } from '../../support/service.js';

/** A client of Placement as the default development identity has it: everybody is who the token says. */
export function placementClient(url: string, version = '1.38') {
  const headers = { 'x-auth-token': 'admin', 'openstack-api-version': `placement ${version}` };
  const send = (method: string, path: string, body?: unknown): Promise<Reply> =>
    call(`${url}/placement`, method, path, body, headers);

  return {
    send,

    /** A new provider with so much VCPU. Gives its UUID. */
    async provider(total: number): Promise<string> {
      const uuid = randomUUID();
      const created = await send('POST', '/resource_providers', { name: uuid, uuid });
      if (created.status !== 200) throw new Error(`creating a provider: ${created.status}`);
      const inventories = { VCPU: { total } };
      const set = { resource_provider_generation: 0, inventories };
      const { status } = await send('PUT', `/resource_providers/${uuid}/inventories`, set);
      if (status !== 200) throw new Error(`setting inventories: ${status}`);
      return uuid;
    },

    /** Has a new consumer allocate so much VCPU. */
    allocate: (provider: string, amount = 1, consumer = randomUUID()): Promise<Reply> =>
      send('PUT', `/allocations/${consumer}`, {
        allocations: { [provider]: { resources: { VCPU: amount } } },
        project_id: 'p',
        user_id: 'u',
        consumer_generation: null,
        consumer_type: 'INSTANCE',
      }),

    /** VCPU allocated of a provider. */
    async used(provider: string): Promise<number> {
      const { body } = await send('GET', `/resource_providers/${provider}/usages`);
      return body.usages.VCPU;
    },
  };
}
