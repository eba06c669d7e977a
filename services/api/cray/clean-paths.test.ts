import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';

let api: FakeApi;
let origin: string;
beforeAll(async () => {
  api = await fakeApi();
  origin = await api.app.listen({ host: '127.0.0.1', port: 0 });
});
afterAll(async () => api.app.close());

const component = { Components: [{ ID: 'x0c0s0b0n0', State: 'On' }] };

test.each(['/hsm/v2/', '//hsm/v2', '/apis/smd/hsm/v2//'])(
  'a client with the base URL %s reads and changes',
  async (base) => {
    const send = (method: string, path: string, body?: object) =>
      fetch(`${origin}${base}${path}`, { method, ...(body && { body: JSON.stringify(body) }) });
    expect((await send('POST', '/State/Components', component)).status).toBe(204);
    expect((await send('POST', '/locks/lock', { ComponentIDs: ['x0c0s0b0n0'] })).status).toBe(200);
    expect(await (await send('GET', '/locks/status?locked=true')).json()).toMatchObject({ Components: [{}] });
    expect((await send('PATCH', '/State/Components/x0c0s0b0n0/Role', { Role: 'Service' })).status).toBe(204);
    expect((await send('DELETE', '/State/Components/x0c0s0b0n0')).status).toBe(200);
  },
);

test.each([
  ['GET', '/hsm/v2//locks/status?type=Node', 301, '/hsm/v2/locks/status?type=Node'],
  ['GET', '/hsm/v2/groups/?tag=a%20b&tag=c', 301, '/hsm/v2/groups?tag=a%20b&tag=c'],
  ['POST', '/hsm/v2//locks/lock', 308, '/hsm/v2/locks/lock'],
  ['POST', '/hsm/v2/locks/lock/', 301, '/hsm/v2/locks/lock'],
  ['DELETE', '//apis//smd/hsm/v2///groups/a', 308, '/apis/smd/hsm/v2/groups/a'],
  // A GET of these would pass for an answer to the POST.
  ['POST', '/hsm/v2/groups/', 308, '/hsm/v2/groups'],
  ['POST', '/hsm/v2/State/Components/?x=1', 308, '/hsm/v2/State/Components?x=1'],
  ['POST', '/hsm/v2/locks/status/', 308, '/hsm/v2/locks/status'],
])('%s %s is led on', async (method, path, status, location) => {
  const answer = await api.inject({ method, path });
  expect([answer.status, answer.headers.location]).toEqual([status, location]);
});

test.each(['/hsm/v2/nosuch/', '/v1/locks//status', '//evil.example/hsm/v2', '/'])('%s is led nowhere', async (path) => {
  expect((await api.inject({ method: 'GET', path })).headers.location).toBeUndefined();
});

test.each([
  ['DELETE', '/State/Components/'],
  ['DELETE', '/State/Components//'],
  ['DELETE', '//State/Components/?role=Compute'],
  ['DELETE', '/groups//members/x0c0s0b0n0'],
  ['DELETE', '/groups/a/'],
  ['PATCH', '/State/Components//Role'],
  ['PATCH', '/groups/'],
  ['PUT', '/groups/'],
  ['POST', '/groups//members'],
])('%s %s, where a name was forgotten, is told so and changes nothing', async (method, path) => {
  const create = JSON.stringify({ Components: [{ ID: 'x0c0s1b0n0', State: 'On' }] });
  expect((await api.inject({ method: 'POST', path: '/hsm/v2/State/Components', body: create })).status).toBe(204);
  const answer = await api.inject({ method, path: `/hsm/v2${path}` });
  expect([answer.status, answer.text]).toEqual([404, expect.stringContaining('A name is missing in the path')]);
  const { status } = await api.inject({ method: 'GET', path: '/hsm/v2/State/Components/x0c0s1b0n0' });
  expect(status).toBe(200);
});
