import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';

let api: FakeApi;
beforeAll(async () => {
  api = await fakeApi();
});
beforeEach(() => {
  api.gateway.failure = null;
  api.gateway.full = false;
});
afterAll(() => api.app.close());

async function call(method: string, path: string, more: Record<string, string> = {}) {
  const headers = {
    'x-auth-token': 'admin',
    'openstack-api-version': 'placement 1.39',
    ...(method === 'POST' ? { 'content-type': 'application/json' } : {}),
    ...more,
  };
  const body = method === 'POST' ? { body: '{"name":"a"}' } : {};
  const response = await api.inject({ method, path, headers, ...body });
  return { ...response, error: JSON.parse(response.text).errors?.[0] };
}

test('what is refused for load is 429 or 503 in the form of Placement, and says when to come back', async () => {
  api.gateway.full = true;
  const backlogged = await call('POST', '/placement/resource_providers');
  expect([backlogged.status, backlogged.error.title]).toEqual([503, 'Service Unavailable']);
  expect(backlogged.headers['retry-after']).toMatch(/^\d+$/);
  api.gateway.full = false;
  api.gateway.failure = 'overloaded';
  const overloaded = await call('POST', '/resource_providers');
  expect([overloaded.status, overloaded.error.code]).toEqual([429, 'placement.undefined_code']);
  expect(overloaded.headers['retry-after']).toMatch(/^\d+$/);
});

test('where the outcome is not known, the answer says where it will be shown', async () => {
  for (const code of ['undecided', 'append-failed'] as const) {
    api.gateway.failure = code;
    const { status, headers, error } = await call('POST', '/placement/resource_providers');
    expect([status, error.title], code).toEqual([503, 'Service Unavailable']);
    expect(headers.location).toMatch(/^\/requests\//);
  }
});

test('a read waits for all that was decided, unless it is told that it need not', async () => {
  const waited = async (more: Record<string, string>) => {
    const before = api.gateway.readModel.waits.length;
    await call('GET', '/placement/resource_providers', more);
    return api.gateway.readModel.waits.length - before;
  };
  expect(await waited({})).toBe(1);
  expect(await waited({ consistency: 'eventual' })).toBe(0);
});

test('without tokens, roles and projects are what the headers say, and only an admin is one by name', async () => {
  const status = async (token: string, more: Record<string, string> = {}) =>
    (await call('GET', '/resource_providers', { 'x-auth-token': token, ...more })).status;
  expect(await status('admin')).toBe(200);
  expect(await status('user')).toBe(403);
  expect(await status('user', { 'x-roles': 'member,Service' })).toBe(200);
  expect(await status('admin', { 'x-roles': 'reader' })).toBe(403);
  expect(await status('admin', { 'openstack-system-scope': 'all' })).toBe(403);
  const usages = async (token: string, more: Record<string, string> = {}) =>
    (await call('GET', '/usages?project_id=p1', { 'x-auth-token': token, 'x-roles': 'reader', ...more })).status;
  expect(await usages('eva:p1')).toBe(200);
  expect(await usages('eva:p2')).toBe(403);
  expect(await usages('eva:p2', { 'x-project-id': 'p1' })).toBe(200);
});

test('the open policy lets everybody with a token do all', async () => {
  const open = await fakeApi({ modules: { placement: { policy: 'open' } } });
  const headers = { 'x-auth-token': 'user' };
  expect((await open.inject({ method: 'GET', path: '/resource_providers', headers })).status).toBe(200);
  expect((await open.inject({ method: 'GET', path: '/resource_providers' })).status).toBe(401);
  await open.app.close();
});
