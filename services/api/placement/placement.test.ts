import { nodeRuntime } from '@holdfast/log';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newLog, type RunningService, serve } from '../../../test/history/service.js';
import { bodyLimits } from '../body-limits.js';
import { apiLimits } from '../limits.js';
import type { Token } from '../settings.js';
import { placementLimits } from './limits.js';

/*
 * Whole requests, from HTTP to the log and back. What the real one answers to each of its own tests is compared with
 * it.
 */

const tokens: Token[] = [
  { token: 'token-of-the-service', name: 'nova', roles: ['service'], project: 'infra' },
  { token: 'token-of-a-member', name: 'mia', roles: ['member'], project: 'p1' },
];
const [provider, child] = ['4e8e5957-649f-477b-9e5b-f1f75b21c03c', 'd7ee02fb-1d9e-4d6b-8ce8-5b8a8f0a5f1e'];
const consumers = ['1', '2', '3'].map((n) => `599ffd2d-526a-4b2e-8683-f13ad25f995${n}`);
const [first = '', second = '', third = ''] = consumers;
const log = newLog(nodeRuntime);
let service: RunningService;
let open: RunningService;

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await service.inject({
    method,
    path,
    ...sent,
    headers: {
      'x-auth-token': 'token-of-the-service',
      'openstack-api-version': 'placement 1.39',
      ...type,
      ...headers,
    },
  });
  // biome-ignore lint/suspicious/noExplicitAny: tests read what a client would.
  const parsed: any = response.contentType.includes('json') ? JSON.parse(response.text) : null;
  return { ...response, body: parsed };
}

const holding = (amount: number, more: object = {}) => ({
  allocations: amount === 0 ? {} : { [provider]: { resources: { VCPU: amount } } },
  project_id: 'p1',
  user_id: 'u1',
  consumer_generation: null,
  consumer_type: 'LOCK',
  ...more,
});

beforeAll(async () => {
  service = await serve(log, nodeRuntime, tokens);
  await call('POST', '/placement/resource_providers', { name: 'host', uuid: provider });
  const inventories = { VCPU: { total: 2 } };
  await call('PUT', `/resource_providers/${provider}/inventories`, { resource_provider_generation: 0, inventories });
});
afterAll(() => service.close());

describe('forms', () => {
  test('everything under the prefix, and its own paths at the root, are in the form of Placement', async () => {
    for (const path of ['/placement/nothing', '/resource_providers/x/nothing', '/reshaper', '/allocation_candidates']) {
      const { status, body, headers } = await call('GET', path);
      expect(status, path).toBe(404);
      expect(body.errors[0]).toMatchObject({ status: 404, title: 'Not Found', code: 'placement.undefined_code' });
      expect(body.errors[0].request_id).toBe(headers['x-openstack-request-id']);
      expect(headers).toMatchObject({ 'openstack-api-version': 'placement 1.39', vary: 'openstack-api-version' });
    }
    const elsewhere = await call('GET', '/nothing', undefined, { authorization: 'Bearer token-of-the-service' });
    expect([elsewhere.status, elsewhere.contentType]).toEqual([404, 'application/problem+json']);
  });

  test('links are those at the root, and a location is a whole one where the request came in', async () => {
    for (const mount of ['/placement', '']) {
      const { body } = await call('GET', `${mount}/resource_providers/${provider}`);
      expect(body.links[0].href).toBe(`/resource_providers/${provider}`);
      const put = await call('PUT', `${mount}/resource_classes/CUSTOM_A`, undefined, { host: 'here:1' });
      expect(put.headers.location).toBe(`http://here:1${mount}/resource_classes/CUSTOM_A`);
    }
  });

  test('the version document needs no token, and nothing else goes without', async () => {
    const bare = async (path: string) => (await service.inject({ method: 'GET', path })).status;
    expect(await bare('/placement')).toBe(200);
    expect(await bare('/placement/')).toBe(200);
    for (const path of ['/placement/resource_providers', '/allocations/x', '/placement/nothing']) {
      expect(await bare(path), path).toBe(401);
    }
    expect((await call('DELETE', '/placement/')).headers.allow).toBe('GET');
  });

  test('an error is text or a page for who takes no JSON', async () => {
    const as = async (accept: string) => (await call('GET', '/placement/nothing', undefined, { accept })).contentType;
    expect(await as('text/html')).toContain('text/html');
    expect(await as('text/plain')).toContain('text/plain');
    expect(await as('*/*')).toBe('application/json');
  });

  test('what cannot be stored, or is too large, is refused before it is asked for', async () => {
    const create = async (name: string) => (await call('POST', '/resource_providers', { name })).status;
    expect(await create('a\0b')).toBe(400);
    expect(await create('x'.repeat(placementLimits.nameLengthMax + 1))).toBe(400);
    const large = await call('POST', '/resource_providers', `"${'x'.repeat(apiLimits.bodyBytesMax)}"`);
    expect([large.status, large.body.errors[0].title]).toEqual([413, 'Request Entity Too Large']);
    const objects = await call('POST', '/allocations', `[${'{},'.repeat(bodyLimits.amounts.values)}{}]`);
    expect([objects.status, objects.body.errors[0].detail]).toEqual([400, expect.stringContaining(' values')]);
    expect((await call('DELETE', '/allocations/%00')).status).toBe(404);
    expect((await call('GET', '/allocations/%00')).body).toEqual({ allocations: {} });
    expect((await call('GET', '/resource_providers/%zz')).status).toBe(400);
  });
});

describe('allocations', () => {
  test('the last unit has one holder; who releases it makes room', async () => {
    const put = (consumer: string, body: object) => call('PUT', `/allocations/${consumer}`, body);
    expect((await put(first, holding(2))).status).toBe(204);
    const refused = await put(second, holding(1));
    expect([refused.status, refused.body.errors[0].code]).toEqual([409, 'placement.undefined_code']);
    expect(refused.body.errors[0].detail).toContain('The requested amount would exceed the capacity.');
    const stale = await put(first, holding(1));
    expect(stale.body.errors[0].code).toBe('placement.concurrent_update');
    expect((await put(first, holding(0, { consumer_generation: 1 }))).status).toBe(204);
    expect((await put(second, holding(1))).status).toBe(204);
    expect((await call('DELETE', `/allocations/${second}`)).status).toBe(204);
    expect((await call('DELETE', `/allocations/${second}`)).status).toBe(404);
  });

  test('several consumers get all or nothing', async () => {
    const post = (amount: number) => call('POST', '/allocations', { [first]: holding(1), [second]: holding(amount) });
    expect((await post(2)).status).toBe(409);
    expect((await call('GET', `/allocations/${first}`)).body).toEqual({ allocations: {} });
    expect((await post(1)).status).toBe(204);
    const { body } = await call('GET', `/resource_providers/${provider}/allocations`);
    expect(Object.keys(body.allocations).sort()).toEqual([first, second].sort());
    for (const consumer of [first, second]) await call('DELETE', `/allocations/${consumer}`);
  });

  test('the same request under the same key is carried out once, and another is 422', async () => {
    const headers = { 'idempotency-key': '0b7e3f52-6d0a-4a7a-8a52-0f3f5f7b8a11' };
    const put = (amount: number) => call('PUT', `/allocations/${third}`, holding(amount), headers);
    const [one, again] = [await put(1), await put(1)];
    expect([one.status, again.status]).toEqual([204, 204]);
    expect(again.headers['holdfast-sequence']).toBe(one.headers['holdfast-sequence']);
    expect([one, again].map(({ headers }) => headers['idempotent-replayed'])).toEqual([undefined, 'true']);
    const other = await put(2);
    expect([other.status, other.body.errors[0].title]).toEqual([422, 'Unprocessable Entity']);
    expect((await call('GET', `/allocations/${third}`)).body.consumer_generation).toBe(1);
    await call('DELETE', `/allocations/${third}`);
  });

  test('a provider without a name for its id gets the same one when it is asked for again', async () => {
    const headers = { 'idempotency-key': '6f0f2c0a-8f6d-4f0e-9d8e-2b6f4c1d7a01' };
    const create = () => call('POST', '/resource_providers', { name: 'unnamed' }, headers);
    const [one, again] = [await create(), await create()];
    expect([one.status, again.status]).toEqual([200, 200]);
    expect(again.text).toBe(one.text);
    expect(again.headers['idempotent-replayed']).toBe('true');
    // A refusal that is given again is one, too.
    const refuse = () =>
      call('PUT', `/allocations/${third}`, holding(99), { 'idempotency-key': '6f0f2c0a-8f6d-4f0e-9d8e-2b6f4c1d7a02' });
    expect(
      [await refuse(), await refuse()].map(({ status, headers }) => [status, headers['idempotent-replayed']]),
    ).toEqual([
      [409, undefined],
      [409, 'true'],
    ]);
  });

  test('who does not wait is told where the answer will be, refusals and their words too', async () => {
    const headers = { prefer: 'respond-async' };
    const accepted = await call('PUT', `/allocations/${first}`, holding(3), headers);
    expect(accepted.status).toBe(202);
    const at = String(accepted.headers.location);
    const asked = () => call('GET', at, undefined, { authorization: 'Bearer token-of-the-service' });
    await expect.poll(async () => (await asked()).body.status).toBe('decided');
    const { body } = await asked();
    expect(body.StatusCode).toBe(409);
    expect(body.Result.errors[0].detail).toContain('would exceed the capacity');
    expect(body.Result.errors[0].code).toBe('placement.undefined_code');
  });

  test('a child shows the root of its tree as soon as it is there', async () => {
    const body = { name: 'child', uuid: child, parent_provider_uuid: provider };
    expect((await call('POST', '/resource_providers', body)).body).toMatchObject({
      parent_provider_uuid: provider,
      root_provider_uuid: provider,
    });
    expect((await call('DELETE', `/resource_providers/${provider}`)).body.errors[0].code).toBe(
      'placement.resource_provider.cannot_delete_parent',
    );
  });
});

describe('identity', () => {
  const mia = { 'x-auth-token': 'token-of-a-member' };

  test('a member sees what its own project holds, and nothing else', async () => {
    expect((await call('GET', '/usages?project_id=p1', undefined, mia)).status).toBe(200);
    for (const path of [
      '/usages?project_id=p2',
      '/usages?project_id=p1&project_id=p2',
      '/usages',
      '/resource_providers',
    ]) {
      const { status, body } = await call('GET', path, undefined, mia);
      expect([status, body.errors[0].title], path).toEqual([403, 'Forbidden']);
      expect(body.errors[0].detail).toMatch(/Policy does not allow placement:\S+ to be performed\./);
    }
    const put = await call('PUT', `/allocations/${first}`, holding(1), mia);
    expect(put.body.errors[0].detail).toContain('placement:allocations:update');
  });

  test('a token that is not known is none, and no header makes somebody of it', async () => {
    const { status } = await call('GET', '/resource_providers', undefined, {
      'x-auth-token': 'admin',
      'x-roles': 'admin',
    });
    expect(status).toBe(401);
    const bearer = { 'x-auth-token': '', authorization: 'Bearer token-of-the-service' };
    const { 'x-auth-token': _, ...without } = bearer;
    const response = await service.inject({ method: 'GET', path: '/resource_providers', headers: without });
    expect(response.status).toBe(200);
  });

  test('the log says who asked: by their token, or as they only stated', async () => {
    open = await serve(newLog(nodeRuntime), nodeRuntime, []);
    const headers = { 'x-auth-token': 'eva:p1', 'x-roles': 'admin', 'content-type': 'application/json' };
    const send = () =>
      open.inject({ method: 'POST', path: '/resource_providers', headers, body: JSON.stringify({ name: 'a' }) });
    const submitted: unknown[] = [];
    const { gateway } = open;
    const submit = gateway.submit.bind(gateway);
    gateway.submit = (submission) => {
      submitted.push(submission.actor);
      return submit(submission);
    };
    expect((await send()).status).toBe(201);
    expect(submitted).toEqual([expect.objectContaining({ name: 'eva', authenticated: false })]);
    await open.close();
  });
});
