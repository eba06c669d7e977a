import { isStandardTrait } from '@holdfast/events/placement/standard-traits';
import { nodeRuntime } from '@holdfast/log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newLog, type RunningService, raiseLevel, serve } from '../../../test/history/service.js';
import { placementLimits } from './limits.js';

/*
 * Aggregates and traits, from HTTP to the log and back. What the real one answers is in
 * test/modules/placement/conformance.
 */

const uuid = (n: number) => `4e8e5957-649f-477b-9e5b-${String(n).padStart(12, '0')}`;
let service: RunningService;

async function callOn(of: RunningService, method: string, path: string, version: string, sent?: unknown) {
  const headers: Record<string, string> = { 'x-auth-token': 'admin', 'openstack-api-version': `placement ${version}` };
  if (sent !== undefined) headers['content-type'] = 'application/json';
  const body = sent === undefined ? {} : { body: JSON.stringify(sent) };
  const { status, text, headers: answered } = await of.inject({ method, path, headers, ...body });
  // biome-ignore lint/suspicious/noExplicitAny: tests read what a client would.
  return { status, headers: answered, body: (text === '' ? null : JSON.parse(text)) as any };
}
const call = (method: string, path: string, version: string, sent?: unknown) =>
  callOn(service, method, path, version, sent);

beforeAll(async () => {
  service = await serve(newLog(nodeRuntime), nodeRuntime, []);
});
afterAll(() => service.close());

test('nova-compute starts: what its report client asks, in its order and its versions, is answered', async () => {
  const host = uuid(1);
  const at = `/placement/resource_providers/${host}`;
  const generation = 'resource_provider_generation';
  // Its provider, which there is not yet.
  expect((await call('GET', `/placement/resource_providers?in_tree=${host}`, '1.14')).body).toEqual({
    resource_providers: [],
  });
  const created = await call('POST', '/placement/resource_providers', '1.20', { uuid: host, name: 'compute-1' });
  expect([created.status, created.body.generation]).toEqual([200, 0]);
  // What others know of it.
  expect((await call('GET', `${at}/inventories`, '1.0')).body).toEqual({ inventories: {}, [generation]: 0 });
  expect((await call('GET', `${at}/aggregates`, '1.19')).body).toEqual({ aggregates: [], [generation]: 0 });
  expect((await call('GET', `${at}/traits`, '1.6')).body).toEqual({ traits: [], [generation]: 0 });
  // What it has, then aggregates, then traits, with the generation that each answer gave.
  const inventories = { VCPU: { total: 8 }, MEMORY_MB: { total: 1024 } };
  const put = await call('PUT', `${at}/inventories`, '1.26', { [generation]: 0, inventories });
  expect([put.status, put.body[generation]]).toEqual([200, 1]);
  const aggregates = [uuid(9)];
  const grouped = await call('PUT', `${at}/aggregates`, '1.19', { aggregates, [generation]: 1 });
  expect([grouped.status, grouped.body]).toEqual([200, { aggregates, [generation]: 2 }]);
  const wanted = ['COMPUTE_NODE', 'CUSTOM_GOLD'];
  expect((await call('GET', `/placement/traits?name=in:${wanted}`, '1.6')).body).toEqual({ traits: ['COMPUTE_NODE'] });
  expect((await call('PUT', '/placement/traits/CUSTOM_GOLD', '1.6')).status).toBe(201);
  const marked = await call('PUT', `${at}/traits`, '1.6', { traits: wanted, [generation]: 2 });
  expect([marked.status, marked.body]).toEqual([200, { traits: wanted, [generation]: 3 }]);
  // Each period: the tree, and who shares with it.
  const tree = await call('GET', `/placement/resource_providers?in_tree=${host}`, '1.14');
  expect(tree.body.resource_providers).toMatchObject([{ uuid: host, generation: 3 }]);
  const sharing = `member_of=in:${aggregates}&required=MISC_SHARES_VIA_AGGREGATE`;
  expect((await call('GET', `/placement/resource_providers?${sharing}`, '1.18')).body).toEqual({
    resource_providers: [],
  });
  expect((await call('GET', `${at}/allocations`, '1.28')).status).toBe(200);
});

test('what is asked again under its key is answered again, though the generation has risen', async () => {
  const at = `/resource_providers/${uuid(2)}`;
  await call('POST', '/resource_providers', '1.39', { uuid: uuid(2), name: 'twice' });
  const headers = {
    'x-auth-token': 'admin',
    'content-type': 'application/json',
    'openstack-api-version': 'placement 1.39',
    'idempotency-key': '0b7b1ea4-9a0f-4a3e-8a52-3a0a5d9f5c11',
  };
  const body = JSON.stringify({ traits: ['COMPUTE_NODE'], resource_provider_generation: 0 });
  const ask = () => service.inject({ method: 'PUT', path: `${at}/traits`, headers, body });
  const [first, second] = [await ask(), await ask()];
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.text).toBe(first.text);
  expect((await call('GET', `${at}/traits`, '1.39')).body.resource_provider_generation).toBe(1);
});

test('an aggregate is called the same in every spelling, and named once', async () => {
  const at = `/resource_providers/${uuid(3)}`;
  await call('POST', '/resource_providers', '1.39', { uuid: uuid(3), name: 'spelled' });
  const one = 'abcdefab-0000-4000-8000-00000000000a';
  const put = (aggregates: string[]) => call('PUT', `${at}/aggregates`, '1.18', aggregates);
  expect((await put([one.toUpperCase()])).body).toEqual({ aggregates: [one] });
  expect((await put([one, one.replaceAll('-', '')])).status).toBe(400);
  expect((await call('GET', `${at}/aggregates`, '1.1')).body).toEqual({ aggregates: [one] });
});

describe('limits', () => {
  const at = `/resource_providers/${uuid(4)}`;
  beforeAll(() => call('POST', '/resource_providers', '1.39', { uuid: uuid(4), name: 'limits' }));

  test('of aggregates of a provider', async () => {
    const some = (count: number) => Array.from({ length: count }, (_, n) => uuid(n));
    const put = (count: number) => call('PUT', `${at}/aggregates`, '1.18', some(count));
    const { aggregatesMax: most } = placementLimits;
    expect((await put(most)).body.aggregates).toHaveLength(most);
    const beyond = await put(most + 1);
    expect([beyond.status, beyond.body.errors[0].detail]).toEqual([400, expect.stringContaining('is too long')]);
    expect((await call('GET', `${at}/aggregates`, '1.18')).body.aggregates).toHaveLength(most);
  });

  test('of traits of a provider', async () => {
    const put = (traits: string[]) => call('PUT', `${at}/traits`, '1.39', { traits, resource_provider_generation: 0 });
    const { traitsMax: most } = placementLimits;
    // Those that there are not are named, and no more than may be sent.
    const names = Array.from({ length: most + 1 }, (_, n) => `NONE_${n}`);
    expect((await put(names.slice(1))).body.errors[0].detail).toContain('No such trait NONE_1, NONE_2');
    const beyond = await put(names);
    expect([beyond.status, beyond.body.errors[0].detail]).toEqual([400, expect.stringContaining('is too long')]);
  });

  test('of a name', async () => {
    const name = (length: number) => 'CUSTOM_'.padEnd(length, 'A');
    const { idLengthMax: most } = placementLimits;
    expect((await call('PUT', `/traits/${name(most)}`, '1.39')).status).toBe(201);
    expect((await call('PUT', `/traits/${name(most + 1)}`, '1.39')).status).toBe(400);
    expect((await call('GET', `/traits?name=startswith:${name(most)}`, '1.39')).body.traits).toEqual([name(most)]);
  });
});

test('before level 3 what is new is refused with what to do, changes nothing, and is done once the level is raised', async () => {
  const old = await serve(newLog(nodeRuntime), nodeRuntime, [], { level: 1, schemas: [] });
  const at = `/resource_providers/${uuid(5)}`;
  await callOn(old, 'POST', '/resource_providers', '1.39', { uuid: uuid(5), name: 'old' });
  const changes: [string, string, unknown?][] = [
    ['PUT', `${at}/aggregates`, { aggregates: [uuid(9)], resource_provider_generation: 0 }],
    ['PUT', '/traits/CUSTOM_GOLD'],
    ['PUT', `${at}/traits`, { traits: ['CUSTOM_GOLD'], resource_provider_generation: 1 }],
    ['DELETE', `${at}/traits`],
    ['DELETE', '/traits/CUSTOM_GOLD'],
  ];
  for (const [method, path, body] of changes) {
    const { status, body: answer } = await callOn(old, method, path, '1.39', body);
    expect([method, path, status]).toEqual([method, path, 409]);
    expect(answer.errors).toMatchObject([{ code: 'placement.undefined_code', title: 'Conflict' }]);
    expect(answer.errors[0].detail).toContain('holdfast level raise');
  }
  expect((await callOn(old, 'GET', `${at}/aggregates`, '1.39')).body.aggregates).toEqual([]);
  expect((await callOn(old, 'GET', `${at}/traits`, '1.39')).body.resource_provider_generation).toBe(0);
  expect((await callOn(old, 'GET', '/traits/CUSTOM_GOLD', '1.39')).status).toBe(404);
  await raiseLevel(old);
  const statuses: number[] = [];
  for (const [method, path, body] of changes) statuses.push((await callOn(old, method, path, '1.39', body)).status);
  expect(statuses).toEqual([200, 201, 200, 204, 204]);
  await old.close();
});

test('a standard trait is one from the level of its release on', () => {
  expect([1, 2, 3, 4].map((level) => isStandardTrait('COMPUTE_NODE', level))).toEqual([false, false, true, true]);
  expect([isStandardTrait('COMPUTE_NODE'), isStandardTrait('CUSTOM_GOLD')]).toEqual([true, false]);
});
