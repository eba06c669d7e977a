import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../test/support/fake-api.js';
import type { Role } from './settings.js';

const tokens = (['admin', 'service', 'reader'] as const).map((role: Role) => ({
  token: `token-of-the-${role}`,
  name: `${role}-name`,
  roles: [role],
}));
const lines: string[] = [];
let api: FakeApi;
beforeAll(async () => {
  const logger = { level: 'debug', stream: { write: (line: string) => void lines.push(line) } };
  api = await fakeApi({ tokens }, { logger, ready: () => ({ ready: false, reasons: ['the log is being read'] }) });
});
afterAll(() => api.app.close());

async function statusOf(method: string, path: string, role: Role | null, body: unknown = {}): Promise<number> {
  const headers: Record<string, string> = role === null ? {} : { authorization: `Bearer token-of-the-${role}` };
  const sent = method === 'GET' ? {} : { body: JSON.stringify(body) };
  return (await api.inject({ method, path, headers, ...sent })).status;
}

test('each operation is allowed to exactly the roles that it is for', async () => {
  const least: [string, string, Role][] = [
    ['GET', '/hsm/v2/locks/status', 'reader'],
    ['POST', '/v1/locks/status', 'reader'],
    ['PATCH', '/locks/service/reservations/check', 'reader'],
    ['GET', '/service/values/role', 'reader'],
    ['GET', '/hsm/v2/State/Components', 'reader'],
    ['GET', '/requests/00000000-0000-7000-8000-000000000000', 'reader'],
    ['POST', '/hsm/v2/locks/service/reservations', 'service'],
    ['POST', '/hsm/v2/locks/service/reservations/renew', 'service'],
    ['POST', '/hsm/v2/locks/service/reservations/release', 'service'],
    ['POST', '/hsm/v2/locks/reservations/release', 'service'],
    ['POST', '/hsm/v2/locks/lock', 'admin'],
    ['PATCH', '/locks/unlock', 'admin'],
    ['POST', '/hsm/v2/locks/repair', 'admin'],
    ['POST', '/hsm/v2/locks/disable', 'admin'],
    ['POST', '/hsm/v2/locks/reservations', 'admin'],
    ['POST', '/hsm/v2/locks/reservations/remove', 'admin'],
    ['POST', '/hsm/v2/State/Components', 'admin'],
    ['POST', '/hsm/v2/groups', 'admin'],
  ];
  const order: Role[] = ['reader', 'service', 'admin'];
  for (const [method, path, needed] of least) {
    expect(await statusOf(method, path, null), path).toBe(401);
    for (const role of order) {
      const allowed = order.indexOf(role) >= order.indexOf(needed);
      expect((await statusOf(method, path, role)) !== 403, `${role} ${path}`).toBe(allowed);
    }
  }
});

test('everything but what says whether and what is served needs a token, unknown paths too', async () => {
  for (const path of ['/', '/livez', '/docs', '/openapi/audit.yaml'])
    expect(await statusOf('GET', path, null), path).toBe(200);
  expect(await statusOf('GET', '/readyz', null)).toBe(503);
  for (const path of ['/nosuch', '/hsm/v2/nosuch']) expect(await statusOf('GET', path, null), path).toBe(401);
});

test('401 says how to authenticate, whatever is wrong with the token', async () => {
  for (const authorization of ['Bearer wrong', 'Basic dXNlcjpwYXNz', 'Bearer', 'token-of-the-admin']) {
    const { status, headers } = await api.inject({ method: 'GET', path: '/v1/locks/lock', headers: { authorization } });
    expect([status, headers['www-authenticate']]).toEqual([401, 'Bearer']);
  }
});

test('a command carries the name that the token stands for, the address and the user agent, cut', async () => {
  const headers = { authorization: 'bearer token-of-the-admin', 'user-agent': 'u'.repeat(1000) };
  await api.inject({ method: 'POST', path: '/hsm/v2/locks/lock', body: '{}', headers });
  const actor = api.gateway.submissions.at(-1)?.actor;
  expect(actor).toEqual({ name: 'admin-name', authenticated: true, address: '127.0.0.1', userAgent: 'u'.repeat(200) });
});

test('without tokens everybody is anonymous and may do everything', async () => {
  const open = await fakeApi();
  const { status } = await open.inject({ method: 'POST', path: '/hsm/v2/locks/lock', body: '{}' });
  expect(status).not.toBe(401);
  expect(open.gateway.submissions[0]?.actor).toMatchObject({ name: '', authenticated: false });
  await open.app.close();
});

test('logs hold no tokens, keys, bodies or queries', async () => {
  const headers = { authorization: 'Bearer token-of-the-admin' };
  const put = { Components: [{ ID: 'x0c0s0b0n0', State: 'Ready' }] };
  await api.inject({ method: 'POST', path: '/hsm/v2/State/Components', body: JSON.stringify(put), headers });
  const body = JSON.stringify({ ComponentIDs: ['x0c0s0b0n0'], ReservationDuration: 1 });
  const path = '/hsm/v2/locks/service/reservations';
  const accepted = await api.inject({ method: 'POST', path, body, headers: { ...headers, prefer: 'respond-async' } });
  const location = String(accepted.headers.location);
  expect((await api.inject({ method: 'GET', path: `${location}?secret=1`, headers })).status).toBe(400);
  const state = JSON.parse((await api.inject({ method: 'GET', path: location, headers })).text);
  const { ReservationKey, DeputyKey } = state.Result.Success[0];
  const shown = { ReservationKeys: [{ ID: 'x0c0s0b0n0', Key: { ReservationKey } }] };
  await api.inject({ method: 'POST', path: `${path}/release`, body: JSON.stringify(shown), headers });
  api.gateway.failure = 'stopped';
  await api.inject({
    method: 'POST',
    path: `${path}/release`,
    body: JSON.stringify({ ReservationKeys: [{ ID: 'x0c0s0b0n0', Key: ReservationKey }] }),
    headers,
  });
  const logged = lines.join('');
  expect(logged).toContain('/hsm/v2/locks/service/reservations/release');
  const secrets = [
    ReservationKey,
    DeputyKey,
    location.split('.')[1],
    'token-of-the-admin',
    'secret=1',
    'ReservationDuration',
  ];
  for (const secret of secrets) expect(logged).not.toContain(String(secret).split(':').at(-1));
});
