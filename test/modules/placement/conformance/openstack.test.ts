import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { pythonMissing, pythonMsMax } from '../../../support/python.js';
import { serviceFor } from '../../../support/service.js';
import { openstackPython } from './gabbi.js';
import { openstackClient } from './openstack.js';

const scenarioMsMax = 240_000;
const missing = pythonMissing();

describe.skipIf(missing !== null)('the openstack client', () => {
  let python: string;
  beforeAll(async () => {
    python = await openstackPython();
  }, pythonMsMax);

  test(
    'makes a provider, allocates its inventory, is refused what is too much, and clears up',
    async () => {
      const service = await serviceFor();
      const openstack = openstackClient(python, `${service.url}/placement`);
      const [rp, first, second] = [randomUUID(), randomUUID(), randomUUID()];
      const done = async (command: string) => {
        const { code, printed, error } = await openstack(command);
        expect({ command, code, error }).toEqual({ command, code: 0, error: '' });
        return printed;
      };
      const refused = async (command: string, why: string) => {
        const { code, error } = await openstack(command);
        expect({ command, code, error }).toEqual({ command, code: 1, error: expect.stringContaining(why) });
      };
      const owned = '--project-id p1 --user-id u1 --consumer-type LOCK -f json';
      const allocate = (consumer: string, ...resources: string[]) => {
        const wanted = resources.map((one) => `--allocation rp=${rp},${one}`).join(' ');
        return `resource provider allocation set ${consumer} ${wanted} ${owned}`;
      };
      const inventories = '--resource VCPU=4 --resource VCPU:max_unit=4 --resource CUSTOM_TAPE=1 -f json';

      await done(`resource provider create rp-${rp} --uuid ${rp} -f json`);
      await refused(`resource provider inventory set ${rp} ${inventories}`, 'No such resource class CUSTOM_TAPE');
      await done('resource class set CUSTOM_TAPE');
      await done(`resource provider inventory set ${rp} ${inventories}`);
      const another = `resource provider inventory class set ${rp} MEMORY_MB --total 1024 -f json`;
      await refused(another, 'No inventory of class MEMORY_MB found');
      expect(await done(`resource provider inventory list ${rp} -f json`)).toHaveLength(2);

      expect(await done(allocate(first, 'VCPU=3', 'CUSTOM_TAPE=1'))).toMatchObject([
        { resource_provider: rp, resources: { VCPU: 3, CUSTOM_TAPE: 1 } },
      ]);
      expect(await done(`resource provider show ${rp} --allocations -f json`)).toMatchObject({
        generation: 2,
        allocations: { [first]: { resources: { VCPU: 3, CUSTOM_TAPE: 1 } } },
      });
      expect(await done(`resource provider allocation show ${first} -f json`)).toMatchObject([
        { project_id: 'p1', user_id: 'u1', consumer_type: 'LOCK' },
      ]);
      await refused(allocate(second, 'VCPU=2'), 'The requested amount would exceed the capacity');
      await done(allocate(first, 'VCPU=1'));
      await done(allocate(second, 'VCPU=2'));
      expect(await done(`resource provider allocation unset ${first} --provider ${rp} -f json`)).toEqual([]);

      expect(await done(`resource provider usage show ${rp} -f json`)).toContainEqual({
        resource_class: 'VCPU',
        usage: 2,
      });
      await done('resource usage show p1 -f json');
      await refused('allocation candidate list --resource VCPU=1 --limit 1 -f json', '404');
      await refused(`resource provider delete ${rp}`, 'Unable to delete resource provider');
      await refused(`resource provider allocation delete ${first}`, 'No allocations for consumer');
      await done(`resource provider allocation delete ${second}`);
      await refused(`resource provider allocation delete ${second}`, 'No allocations for consumer');
      await done(`resource provider delete ${rp}`);
      await service.close();
    },
    scenarioMsMax,
  );
});
