import { describe, expect, test } from 'vitest';
import { auditedBackends, serveAudited } from '../../../support/audited.js';
import { holdfast } from '../../../support/cli.js';
import { call } from '../../../support/service.js';

for (const backend of auditedBackends) {
  describe.skipIf(backend.missing !== null)(`the audit ${backend.name}`, () => {
    test('the commands of an operator show who has what of which provider', async () => {
      const served = await serveAudited(await backend.place());
      const run = (...args: string[]) => holdfast([...args, '--server', served.url]);
      const { headers } = await call(served.url, 'HEAD', '/audit/events');
      const then = headers.get('holdfast-sequence')!;
      await allocate(served.url);
      expect((await run('holders', '--module', 'placement', '--class', 'VCPU')).stdout).toMatch(
        new RegExp(`^1 consumer with.*\\nCONSUMER.*\\n${consumer} +${provider} +3 VCPU +p1 .*admin`),
      );
      expect((await run('history', consumer)).stdout).toMatch(/3 VCPU of .* allocated by admin/);
      expect((await run('history', provider.toUpperCase())).stdout).toMatch(/provider rack written by admin/);
      const now = new Date().toISOString();
      const past = (await run('at', now, '--module', 'placement', provider)).stdout;
      expect(past).toMatch(new RegExp(`^1 provider, 0 consumers\\nPROVIDER.*\\n${provider} +rack +VCPU +3 +8\\n$`));
      expect((await run('at', then, '--module', 'placement')).stdout).toMatch(/^0 providers, 0 consumers/);
    }, 180_000);
  });
}

const provider = '4e8e5957-649f-477b-9e5b-f1f75b21c03c';
const consumer = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';

/** A provider of 8 VCPU, and a consumer that has 3 of them. */
async function allocate(url: string): Promise<void> {
  const headers = { 'x-auth-token': 'admin', 'openstack-api-version': 'placement 1.38' };
  const ask = async (method: string, path: string, body: unknown) => {
    const { status } = await call(url, method, `/placement${path}`, body, headers);
    expect(status, path).toBeLessThan(300);
  };
  await ask('POST', '/resource_providers', { name: 'rack', uuid: provider });
  await ask('PUT', `/resource_providers/${provider}/inventories`, {
    resource_provider_generation: 0,
    inventories: { VCPU: { total: 8 } },
  });
  const owned = { project_id: 'p1', user_id: 'u1', consumer_type: 'LOCK', consumer_generation: null };
  await ask('PUT', `/allocations/${consumer}`, { allocations: { [provider]: { resources: { VCPU: 3 } } }, ...owned });
}
