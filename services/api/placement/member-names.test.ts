import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';

/* A member that comes twice in an object is refused, in each of the operations that take one. */

let api: FakeApi;
beforeAll(async () => {
  api = await fakeApi();
});
afterAll(() => api.app.close());

const consumer = '/placement/allocations/aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
const provider = '4e8e5957-649f-477b-9e5b-f1f75b21c03c';
const resources = '{"resources":{"VCPU":1}}';
const headers = {
  'x-auth-token': 'admin',
  'content-type': 'application/json',
  'openstack-api-version': 'placement 1.38',
};
const calls: [method: string, path: string, body: string, named: RegExp][] = [
  [
    'PUT',
    consumer,
    `{"allocations":{"${provider}":${resources},"${provider}":${resources}},"project_id":"p","user_id":"u","consumer_generation":null,"consumer_type":"X"}`,
    new RegExp(`member ${provider}`),
  ],
  [
    'PUT',
    consumer,
    `{"allocations":{"${provider}":{"resources":{"VCPU":1,"VCPU":2}}},"project_id":"p","user_id":"u","consumer_generation":null,"consumer_type":"X"}`,
    /member VCPU/,
  ],
  ['POST', '/placement/resource_providers', '{"name":"a","name":"b"}', /member name/],
  ['POST', '/placement/resource_classes', '{"name":"CUSTOM_A","name":"CUSTOM_B"}', /member name/],
];

test.each(calls)('%s %s %s', async (method, path, body, named) => {
  const answer = await api.inject({ method, path, body, headers });
  expect([answer.status, JSON.parse(answer.text).errors[0].detail]).toEqual([400, expect.stringMatching(named)]);
  expect(api.gateway.submissions).toEqual([]);
});

test.each(calls.map(([method, path]) => [method, path] as const))(
  '%s %s with a body that is compressed is 415, and the word says what to do',
  async (method, path) => {
    const compressed = { ...headers, 'content-encoding': 'gzip' };
    const answer = await api.inject({ method, path, body: '{}', headers: compressed });
    const said = JSON.parse(answer.text).errors[0].detail;
    expect([answer.status, said]).toEqual([415, expect.stringMatching(/Content-Encoding.*not compressed/)]);
    expect(api.gateway.submissions).toEqual([]);
  },
);
