import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadFixture } from '../../../test/modules/cray/conformance/loading.js';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { loadDocument } from '../documents.js';
import { inventoryMembers } from './misplaced.js';

interface Operation {
  operationId: string;
  tags: string[];
  requestBody?: { content: { 'application/json': { schema: { $ref: string } } } };
}

interface Schema {
  properties?: Record<string, object>;
}

const { paths, components } = loadDocument('cray/cray-hsm.yaml', '').parsed() as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
};
const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { operationId, tags }]) => ({ path, method, operationId, tags })),
);
const strict = operations.filter(({ tags }) => tags.includes('inventory') || tags.includes('values'));

let api: FakeApi;
beforeAll(async () => {
  api = await fakeApi();
  await loadFixture(api.inject);
});
afterAll(async () => api.app.close());

const json = { 'content-type': 'application/json' };
const at = (path: string) =>
  `/hsm/v2${path.replace('{xname}', 'x0c0s0b0n0').replace('{name}', 'grp1').replace('{nid}', '5')}`;

describe('no operation of the inventory passes a parameter over', () => {
  test.each(strict)('$method $path', async ({ path, method }) => {
    const before = api.gateway.submissions.length;
    const body = method === 'get' || method === 'delete' ? {} : { body: '{}', headers: json };
    const answer = await api.inject({ method: method.toUpperCase(), path: `${at(path)}?bogus2=1`, ...body });
    expect([answer.status, JSON.parse(answer.text).detail]).toEqual([400, expect.stringContaining('bogus2')]);
    expect(api.gateway.submissions.length).toBe(before);
  });
});

describe('a member that another operation of the inventory has is refused by name where it would be passed over', () => {
  test.each<[string, string, object, string]>([
    ['PATCH', '/State/Components/x0c0s0b0n0/Role', { Role: 'Compute', State: 'Off' }, 'State'],
    ['PATCH', '/State/Components/BulkRole', { ComponentIDs: ['x0c0s0b0n0'], Role: 'Compute', nid: 9 }, 'nid'],
    ['POST', '/State/Components', { Components: [{ ID: 'x0c0s0b0n0', State: 'On' }], Role: 'Service' }, 'Role'],
    ['POST', '/partitions', { name: 'p7', exclusiveGroup: 'x' }, 'exclusiveGroup'],
    ['POST', '/groups', { label: 'green', Role: 'Compute' }, 'Role'],
    ['POST', '/groups/grp1/members', { id: 'x0c0s0b0n0', tags: ['a'] }, 'tags'],
  ])('%s %s', async (method, path, body, name) => {
    const before = api.gateway.submissions.length;
    const answer = await api.inject({ method, path: `/hsm/v2${path}`, body: JSON.stringify(body), headers: json });
    expect([answer.status, JSON.parse(answer.text).detail]).toEqual([400, `This operation does not change: ${name}`]);
    expect(api.gateway.submissions.length).toBe(before);
    const { [name]: _, ...plain } = { nosuch: 1, ...body } as Record<string, unknown>;
    const passed = await api.inject({ method, path: `/hsm/v2${path}`, body: JSON.stringify(plain), headers: json });
    expect(passed.status).not.toBe(400);
  });
});

test('every member that a change of the inventory may have in its body is known as one', () => {
  const bodies = strict.flatMap(({ path, method, operationId }) => {
    const { $ref } = paths[path]![method]!.requestBody?.content['application/json'].schema ?? {};
    return $ref === undefined || operationId.startsWith('query') ? [] : [$ref.split('/').at(-1)!];
  });
  const named = [...bodies, 'Component'].flatMap((name) => Object.keys(components.schemas[name]!.properties ?? {}));
  // What says how a change is made, and not what is changed.
  const how = new Set(['Reason', 'Components', 'Force', 'Replace']);
  const wanted = named.filter((name) => !how.has(name)).map((name) => name.toLowerCase());
  expect([...inventoryMembers].sort()).toEqual([...new Set(wanted)].sort());
});

test.each(['role[]', 'role[0]', 'type[a]'])('a parameter that is named %s is shown', async (name) => {
  const { status, text } = await api.inject({ method: 'GET', path: `/hsm/v2/State/Components?${name}=Management` });
  expect([status, JSON.parse(text).detail]).toEqual([400, expect.stringContaining(`operation: ${name};`)]);
});

const changes = operations.filter(({ method, tags }) => method === 'post' && tags.includes('admin-locks'));

test.each(changes)('a filter in the query of $path does not mean the whole fleet', async ({ path }) => {
  const post = { method: 'POST', path: `${at(path)}?role=Management`, body: '{}', headers: json };
  const before = api.gateway.submissions.length;
  expect((await api.inject(post)).status).toBe(400);
  expect(api.gateway.submissions.length).toBe(before);
});

/** Of each parameter, a value that some have, and what the answer must show of a component that has it. */
const values: [name: string, value: string, holds: (component: Record<string, unknown>) => boolean][] = [
  ['id', 'X0C0s0b0n0', ({ ID }) => ID === 'x0c0s0b0n0'],
  ['type', 'NODEBMC', ({ Type }) => Type === 'NodeBMC'],
  ['state', 'off', ({ State }) => State === 'Off'],
  ['flag', 'ok', ({ Flag }) => Flag === 'OK'],
  ['enabled', 'F', ({ Enabled }) => Enabled === false],
  ['softwarestatus', '', ({ SoftwareStatus }) => SoftwareStatus === undefined],
  ['role', 'management', ({ Role }) => Role === 'Management'],
  ['subrole', 'worker', ({ SubRole }) => SubRole === 'Worker'],
  ['subtype', '', ({ Subtype }) => Subtype === undefined],
  ['arch', 'arm', ({ Arch }) => Arch === 'ARM'],
  ['class', 'mountain', ({ Class }) => Class === 'Mountain'],
  ['nid', '5', ({ NID }) => NID === 5],
  ['locked', 'true', ({ Locked }) => Locked === true],
  ['reservation_disabled', '1', ({ ReservationDisabled }) => ReservationDisabled === true],
];

describe('each parameter selects, and its negation the others', () => {
  test.each(values)('%s=%s', async (name, value, holds) => {
    const ids = { ComponentIDs: ['x0c0s1b0n0'] };
    for (const path of ['/locks/lock', '/locks/disable']) {
      await api.inject({ method: 'POST', path: `/hsm/v2${path}`, body: JSON.stringify(ids), headers: json });
    }
    const get = async (query: string) => {
      const { text } = await api.inject({ method: 'GET', path: `/hsm/v2/State/Components?${query}` });
      return JSON.parse(text).Components as Record<string, unknown>[];
    };
    const all = await get('');
    const found = await get(`${name.toUpperCase()}=${value}`);
    expect(found.length).toBeGreaterThan(0);
    expect(found).toEqual(all.filter(holds));
    expect(await get(`${name}=!${value}`)).toEqual(all.filter((one) => !holds(one)));
  });
});

test('a component that is posted again keeps what it is for', async () => {
  const body = JSON.stringify({ Components: [{ ID: 'x0c0s4b0n0', State: 'Ready' }] });
  await api.inject({ method: 'POST', path: '/hsm/v2/State/Components', body, headers: json });
  const { text } = await api.inject({ method: 'GET', path: '/hsm/v2/State/Components/x0c0s4b0n0' });
  expect(JSON.parse(text)).toMatchObject({ Role: 'Management', SubRole: 'Worker', NID: 5, Arch: 'X86' });
});
