import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../test/support/fake-api.js';
import { askRawPath } from '../../test/support/raw-path.js';

let api: FakeApi;
let port: string;
beforeAll(async () => {
  api = await fakeApi();
  port = new URL(await api.app.listen({ port: 0 })).port;
});
afterAll(() => api.app.close());

const asked = (path: string) => askRawPath(port, path);

const twelve = '/a'.repeat(11);

test.each<[path: string, shown?: string]>([
  ['/nosuch?a=b', '/nosuch'],
  ['/v1//locks/lock'],
  ['/locks/lock/'],
  ['/v1/../locks/lock'],
  [`/v1/${'k'.repeat(24)}/b`],
  [`/v1/${'k'.repeat(25)}/b`, '/v1/(not shown)/b'],
  ['/v1/x0c0s0b0n0%20/b', '/v1/(not shown)/b'],
  [twelve],
  [`${twelve}/a`, `${twelve}/...`],
])('a problem on %s says what path was looked for', async (path, shown = path) => {
  const [status, body] = await asked(path);
  expect([status, JSON.parse(body).detail]).toEqual([404, `There is no such path: ${shown}`]);
});

test('what is escaped and need not be stands for itself: a method is told from a path that is not there', async () => {
  for (const path of ['/v1/locks/lock', '/v1/%6Cocks/%6c%6Fck']) {
    const { status, headers } = await api.inject({ method: 'DELETE', path });
    expect([path, status, headers.allow]).toEqual([path, 405, 'PATCH, POST']);
  }
});
