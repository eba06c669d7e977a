import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { cursorOf } from '../audit/parameters.js';

let api: FakeApi;
beforeAll(async () => {
  api = await fakeApi();
});
afterAll(() => api.app.close());

const get = (path: string) => api.inject({ method: 'GET', path: `/audit/${path}` });

test.each<[string, RegExp]>([
  ['providers/foo/history', /parameter uuid is not a UUID/],
  ['consumers/4e8e5957-649f-477b-9e5b-f1f75b21c03/history', /parameter uuid is not a UUID/],
  ['holders?module=placement&role=Compute', /parameter role is no filter of the module placement/],
  ['holders?module=placement&provider=foo', /parameter provider is not a UUID/],
  [`holders?module=placement&cursor=${cursorOf('holders', 'x0')}`, /parameter cursor/],
  ['holders?project=red', /parameter project is no filter of the module cray/],
  ['status?at=1&module=placement&xname=x0c0s0b0n0', /parameter xname is no filter of the module placement/],
  ['status?at=1&module=placement&ids=foo', /parameter ids is not a UUID/],
  ['status?at=1&ids=4e8e5957-649f-477b-9e5b-f1f75b21c03c', /parameter ids is no filter of the module cray/],
  ['events?uuid=foo', /parameter uuid/],
  ['events?uuid=4e8e5957-649f-477b-9e5b-f1f75b21c03c&xname=x0c0s0b0n0', /parameter uuid and xname name two/],
])('%s is 400, and says which parameter and why', async (path, detail) => {
  const { status, text, contentType } = await get(path);
  expect([status, contentType]).toEqual([400, 'application/problem+json']);
  expect(JSON.parse(text).detail).toMatch(detail);
});

// The tables are not there: what is well formed gets as far as asking them.
test.each([
  'providers/4E8E5957649F477B9E5BF1F75B21C03C/history?limit=1',
  'consumers/4e8e5957-649f-477b-9e5b-f1f75b21c03c/history?types=placement.ConsumerPut',
  `holders?module=placement&project=red&resourceclass=VCPU&age=1d&cursor=${cursorOf('allocations', 'c0')}`,
  'status?at=1&module=PLACEMENT&ids=4e8e5957-649f-477b-9e5b-f1f75b21c03c,4e8e5957-649f-477b-9e5b-f1f75b21c03d',
])('%s is well formed; with the read model away it is 503', async (path) => {
  const { status, headers } = await get(path);
  expect([status, headers['retry-after']]).toEqual([503, '1']);
});
