import { nodeRuntime } from '@holdfast/log';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { newLog, type RunningService, serve } from '../../../test/history/service.js';

let service: RunningService;
beforeAll(async () => {
  service = await serve(newLog(nodeRuntime), nodeRuntime, []);
});
afterAll(() => service.close());

const uuid = '4e8e5957-649f-477b-9e5b-f1f75b21c03c';
const part = fc.constantFrom(
  ...[uuid, uuid.toUpperCase(), uuid.replaceAll('-', ''), '-'.repeat(36), 'VCPU', 'CUSTOM_A', 'custom'],
  ...['%00', '%ED%A0%80', '%F0%9F%94%92', '__proto__', 'x'.repeat(290), "'", '%3Cb%3E', '%zz'],
);
const path = fc
  .tuple(
    fc.constantFrom('/placement', ''),
    fc.oneof(
      fc.constantFrom('/resource_providers', '/resource_classes', '/allocations', '/usages'),
      fc
        .tuple(fc.constantFrom('/resource_providers', '/resource_classes', '/allocations'), part)
        .map((at) => at.join('/')),
      fc
        .tuple(part, fc.constantFrom('inventories', 'usages', 'allocations'))
        .map(([one, rest]) => `/resource_providers/${one}/${rest}`),
      fc.tuple(part, part).map(([one, name]) => `/resource_providers/${one}/inventories/${name}`),
    ),
  )
  .map((parts) => parts.join(''));
const query = fc.oneof(
  { weight: 2, arbitrary: fc.constant('') },
  fc
    .array(
      fc.tuple(
        fc.constantFrom(
          'name',
          'uuid',
          'in_tree',
          'resources',
          'project_id',
          'consumer_type',
          'member_of',
          '__proto__',
        ),
        fc.oneof(
          part,
          fc.constantFrom('VCPU:1', 'VCPU:1,DISK_GB:2', 'VCPU:99999999999999999999', 'all', 'unknown', ''),
        ),
      ),
      { maxLength: 3 },
    )
    .map((pairs) => `?${pairs.map((pair) => pair.join('=')).join('&')}`),
);

const word = fc.constantFrom(
  uuid,
  'VCPU',
  'CUSTOM_A',
  'a',
  '',
  'a\0b',
  '\ud800',
  "it's",
  '<b>x</b>',
  '__proto__',
  'LOCK',
);
const number = fc.oneof(
  fc.integer({ min: -2, max: 12 }),
  fc.constantFrom(2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53, 1e308, 0.5, -0.5),
);
const junk: fc.Arbitrary<unknown> = fc.oneof(
  word,
  number,
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 2 }),
);
const rarely = <T>(likely: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 9, arbitrary: likely as fc.Arbitrary<unknown> }, junk);
const resources = fc.dictionary(fc.constantFrom('VCPU', 'DISK_GB', 'CUSTOM_A', 'vcpu'), rarely(number), { maxKeys: 2 });
const byProvider = fc.dictionary(
  fc.constantFrom(uuid, '-'.repeat(36)),
  rarely(fc.record({ resources: rarely(resources) })),
);
const consumer = fc.record(
  {
    allocations: rarely(byProvider),
    project_id: rarely(word),
    user_id: rarely(word),
    consumer_generation: rarely(fc.option(number)),
    consumer_type: rarely(word),
  },
  { requiredKeys: ['allocations', 'project_id', 'user_id'] },
);
const inventory = fc.record(
  {
    total: rarely(number),
    reserved: number,
    max_unit: number,
    allocation_ratio: number,
    resource_provider_generation: number,
  },
  { requiredKeys: ['total'] },
);
const body = fc.oneof(
  consumer,
  fc.dictionary(fc.constantFrom(uuid, uuid.toUpperCase()), consumer),
  fc.record(
    { name: rarely(word), uuid: rarely(word), parent_provider_uuid: fc.option(word) },
    { requiredKeys: ['name'] },
  ),
  fc.record({ resource_provider_generation: number, inventories: rarely(fc.dictionary(word, inventory)) }),
  inventory,
  inventory.map((one) => ({ ...one, resource_class: 'VCPU' })),
  junk,
);
const text = fc.oneof({ weight: 9, arbitrary: body.map((one) => JSON.stringify(one)) }, fc.string());
const version = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 0, max: 39 }).map((minor) => `placement 1.${minor}`) },
  fc.constantFrom('placement latest', 'placement', 'placement 1.40', 'compute 2.1', 'placement x'),
);
const method = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH');

test('no request gets a fault for an answer, and every error is in the form of Placement', async () => {
  await fc.assert(
    fc.asyncProperty(method, path, query, text, version, async (verb, at, asked, sent, header) => {
      const hasBody = verb === 'PUT' || verb === 'POST';
      const response = await service.inject({
        method: verb,
        path: `${at}${asked}`,
        headers: {
          'x-auth-token': 'admin',
          'openstack-api-version': header,
          ...(hasBody ? { 'content-type': 'application/json' } : {}),
        },
        ...(hasBody ? { body: sent } : {}),
      });
      const told = `${verb} ${at}${asked} ${header} ${sent} ${response.status} ${response.text}`;
      expect(response.status, told).toBeLessThan(500);
      expect(response.headers['x-openstack-request-id'], told).toMatch(/^req-/);
      if (response.status < 400 || verb === 'HEAD') return;
      expect(JSON.parse(response.text).errors[0].status, told).toBe(response.status);
    }),
    { numRuns: 2_000 },
  );
});
