import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { apiLimits } from '../limits.js';
import { apiModules } from '../modules.js';
import { cursorOf } from './parameters.js';

let api: FakeApi;
beforeAll(async () => {
  api = await fakeApi();
});
afterAll(() => api.app.close());

const get = (path: string, headers: Record<string, string> = {}) =>
  api.inject({ method: 'GET', path: `/audit/${path}`, headers });

const history = 'components/x0c0s0b0n0/history';
/** A type of event of the module that has such histories. */
const { event } = apiModules[0]!.example;
const moment = /must be a time as in RFC 3339.*or a sequence/;
const bad: [string, RegExp][] = [
  ['components/foo/history', /parameter xname is not a valid xname/],
  [`${history}?limit=0`, /parameter limit must be a whole number from 1 to 1000/],
  [`${history}?limit=1001`, /parameter limit/],
  [`${history}?limit=1&limit=2`, /parameter limit is given more than once/],
  [`${history}?limit=`, /parameter limit is empty/],
  [`${history}?limit=ten`, /parameter limit/],
  [`${history}?from=yesterday`, moment],
  [`${history}?from=2026-02-30T00:00:00Z`, moment],
  [`${history}?from=2026-11-21T25:00:00Z`, moment],
  [`${history}?to=-1`, moment],
  [`${history}?to=1234567890123456`, moment],
  [`${history}?types=${event},nonsense`, /parameter types names a type/],
  [`${history}?types=${event},`, /parameter types is empty/],
  [`${history}?actor=${'a'.repeat(257)}`, /parameter actor is longer than 256 characters/],
  [`${history}?cursor=nonsense`, /parameter cursor must be the Next/],
  [`${history}?cursor=${cursorOf('requests', 7)}`, /parameter cursor/],
  [`${history}?cursor=${cursorOf('history', 'x')}`, /parameter cursor/],
  [`${history}?cursor=${cursorOf('history', -1.5)}`, /parameter cursor/],
  [`holders?cursor=${cursorOf('holders', 'x0\0')}`, /parameter cursor/],
  [`${history}?cursor=${'a'.repeat(301)}`, /parameter cursor is longer/],
  [`${history}?form=1&rk:secret=1`, /These parameters are not known: form, 1 more/],
  ['holders?role=nonsense', /parameter role must be a known role/],
  ['holders?kind=lease', /parameter kind must be one of lock, reservation/],
  [
    'holders?module=nosuch',
    new RegExp(`parameter module must be one of ${apiModules.map(({ name }) => name).join(', ')}`),
  ],
  ['holders?age=90', /parameter age must be a number with s, m, h or d/],
  ['holders?age=-1h', /parameter age/],
  ['status', /parameter at is missing/],
  ['status?at=now', /parameter at must be a time/],
  ['status?at=1&xname=foo', /parameter xname is not valid/],
  ['status?at=1&nid=x', /parameter nid is not valid/],
  ['status?at=1&rol=Compute', /not known: rol/],
  ['requests?outcome=maybe', /parameter outcome must be one of accepted, refused, conflict, failed, repeated/],
  ['events?from=0', /parameter from must be a sequence from 1/],
  ['events?from=x', /parameter from/],
  ['events?until=x', /parameter until must be a sequence/],
  ['events?follow=yes', /parameter follow must be one of true, false/],
  ['events?follow=true&until=7', /parameter until ends a stream that does not end/],
  ['events?xname=foo', /parameter xname/],
];

test.each(bad)('%s is 400, and says which parameter and why', async (path, detail) => {
  const { status, text, contentType } = await get(path);
  expect([status, contentType]).toEqual([400, 'application/problem+json']);
  expect(JSON.parse(text).detail).toMatch(detail);
});

test.each(['x', '-1', '1.5', '1234567890123456'])('Last-Event-ID %s is 400', async (id) => {
  const { status, text } = await get('events', { 'last-event-id': id });
  expect([status, JSON.parse(text).detail]).toEqual([400, expect.stringContaining('Last-Event-ID')]);
});

// The tables are not there: what is well formed gets as far as asking them.
const good = [
  `${history}?limit=1`,
  `${history}?limit=1000`,
  `${history}?from=2026-11-21T09:28:38.250Z&to=2026-11-21T09:28:38%2B02:00`,
  `${history}?from=2026-11-21T09:28:38+02:00`,
  `${history}?from=0&to=999999999999999`,
  `${history}?TYPES=${event.toUpperCase()}&types=${event}`,
  `${history}?actor=${'a'.repeat(256)}&cursor=${cursorOf('history', 7)}`,
  `holders?role=compute&group=blue&kind=LOCK&age=90m&cursor=${cursorOf('holders', 'x0')}`,
  'status?at=1&xname=x0c0s0b0n0,!x0c0s1b0n0&role=!Compute&locked=true',
  'requests?outcome=Repeated',
  `events?from=-10&types=${event}&xname=x0c0s0b0n0`,
];
test.each(good)('%s is well formed; with the read model away it is 503', async (path) => {
  const { status, headers } = await get(path);
  expect([status, headers['retry-after']]).toEqual([503, '1']);
});

describe('the document', () => {
  test('has the limits of the API', async () => {
    const { text } = await api.inject({ method: 'GET', path: '/openapi/audit.yaml' });
    const { auditPageRowsMax, auditPageRowsDefault, cursorLengthMax, statedActorLengthMax } = apiLimits;
    expect(text).toContain(`minimum: 1, maximum: ${auditPageRowsMax}, default: ${auditPageRowsDefault} }`);
    expect(text).toContain(`{ type: string, maxLength: ${cursorLengthMax} }`);
    expect(text).toContain(`{ type: string, maxLength: ${statedActorLengthMax} }`);
  });
});

test('the audit is for readers', async () => {
  const token = (role: 'reader') => ({ token: `t-${role}`, name: role, roles: [role] });
  const closed = await fakeApi({ tokens: [token('reader')] });
  for (const path of [history, 'holders', 'status?at=1', 'requests', 'events']) {
    const ask = (headers: Record<string, string>) => closed.inject({ method: 'GET', path: `/audit/${path}`, headers });
    expect((await ask({})).status, path).toBe(401);
    expect((await ask({ authorization: 'Bearer t-reader' })).status, path).toBe(503);
  }
  await closed.app.close();
});
