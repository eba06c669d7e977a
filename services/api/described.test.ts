import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  describedStatuses,
  documents,
  type Operation,
  pathsOf,
  requireDescribed,
} from '../../test/support/described.js';
import { type FakeApi, fakeApi } from '../../test/support/fake-api.js';
import { call } from '../../test/support/service.js';
import { buildProbes } from './ops/probes.js';

/*
 * That each status with which an operation is answered stands in its document is seen by `inject` of the fake api, in
 * every test that uses it. Here each operation gets what any may be sent.
 */

let api: FakeApi;
let open: FakeApi;
beforeAll(async () => {
  const roles = ['reader', 'member'] as const;
  api = await fakeApi({ tokens: roles.map((role) => ({ token: `t-${role}`, name: role, roles: [role] })) });
  open = await fakeApi();
});
afterAll(async () => {
  await api.app.close();
  await open.app.close();
});

type Row = [method: string, path: string, operation: Operation, file: string];

const operations: Row[] = documents.flatMap(([document, basePaths]) =>
  Object.entries(pathsOf(document)).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      basePaths
        // What is at a document's own root is served under its first base path.
        .filter((base, n) => path !== '/' || n === 0 || base !== '')
        .map((base): Row => [method.toUpperCase(), base + path.replace(/\{\w+\}/g, 'x0'), operation, document.file]),
    ),
  ),
);

const ask = (api: FakeApi, [method, path]: Row, headers: Record<string, string>) => {
  const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' };
  // A module may know its callers by another header, where there are no tokens, too.
  return api.inject({ method, path, headers: { 'x-auth-token': api === open ? 'admin' : '', ...headers }, ...body });
};

const withRole = operations.filter(([, , operation]) => operation['x-fastify-config']?.role !== undefined);
/** Where a module has a policy of its own, answers to who may not are of that, whose tests are its own. */
const forMore = withRole.filter(([, , operation]) => {
  const { role, policy } = operation['x-fastify-config']!;
  return role !== 'reader' && policy === undefined;
});

test.each(withRole)('%s %s needs a token, and its document says so', async (...row) => {
  expect((await ask(api, row, {})).status).toBe(401);
});

test.each(forMore)('%s %s needs more than a reader, and its document says so', async (...row) => {
  expect((await ask(api, row, { authorization: 'Bearer t-reader' })).status).toBe(403);
});

test.each(operations)('%s %s refuses what is compressed, and its document says so', async (...row) => {
  expect((await ask(open, row, { 'content-encoding': 'gzip' })).status).toBe(415);
});

/** Bodies are taken as they were sent, or a policy of its own says who may. */
const hasOwnForm = ({ 'x-fastify-config': { exact, policy } = {} }: Operation) =>
  exact === true || policy !== undefined;

/** The operations of the contracts' own, which say of parameters what they do. */
const ofContract = ([, , operation]: Row) =>
  hasOwnForm(operation) ||
  operation.tags.some((tag) => /locks|reservations/.test(tag)) ||
  /^lockStatus/.test(operation.operationId);
const ours = operations.filter((row) => !ofContract(row));

describe('a parameter that an operation of ours does not have is refused by name', () => {
  test.each(ours)('%s %s', async (method, path) => {
    const before = open.gateway.submissions.length;
    const body = method === 'GET' || method === 'DELETE' ? {} : { body: '{}' };
    const { status, text } = await open.inject({ method, path: `${path}?bogus_2=1`, ...body });
    expect([status, JSON.parse(text).detail]).toEqual([400, expect.stringContaining('bogus_2')]);
    if (method === 'GET') expect((await open.inject({ method: 'HEAD', path: `${path}?bogus_2=1` })).status).toBe(400);
    expect(open.gateway.submissions.length).toBe(before);
  });

  test('every document has some among them, unless it has a form of its own', () => {
    const loose = operations.filter(([, , operation]) => !hasOwnForm(operation));
    expect(new Set(ours.map(([, , , file]) => file))).toEqual(new Set(loose.map(([, , , file]) => file)));
    expect(ours.length).toBeGreaterThan(100);
  });

  test.each(['/livez', '/readyz', '/metrics'])('%s of a process without the api, too', async (path) => {
    const app = buildProbes({ ready: () => ({ ready: true, reasons: [] }) });
    const url = await app.listen({ host: '127.0.0.1', port: 0, backlog: 10 });
    expect((await call(url, 'GET', path)).status).toBe(200);
    const { status, body } = await call(url, 'GET', `${path}?exclude=log`);
    expect([status, body.detail]).toEqual([400, expect.stringContaining('exclude')]);
    await app.close();
  });
});

test('a status that no document has is found, of any base path and with a query', () => {
  for (const path of [
    '/livez',
    '/livez?x=1',
    '/hsm/v2/groups',
    '/apis/smd/hsm/v2/groups/a',
    '/v1/locks/lock',
    '/audit/events',
  ]) {
    const method = path.endsWith('lock') ? 'POST' : 'GET';
    expect(() => requireDescribed({ method, path }, 418), path).toThrow('418');
  }
  expect(describedStatuses({ method: 'GET', path: '/nothing' })).toBeNull();
});
