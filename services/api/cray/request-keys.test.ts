import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadFixture } from '../../../test/modules/cray/conformance/loading.js';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { apiLimits } from '../limits.js';

const component = 'x0c0s0b0n0';
const tokens = ['alice', 'bob'].map((name) => ({ name, token: `token-of-${name}-0000`, roles: ['admin' as const] }));
const by = (name: string) => ({ authorization: `Bearer token-of-${name}-0000` });

const lines: string[] = [];
const logger = { level: 'trace', stream: { write: (line: string) => void lines.push(line) } };
let open: FakeApi;
let withTokens: FakeApi;
beforeAll(async () => {
  open = await fakeApi({}, { logger });
  withTokens = await fakeApi({ tokens }, { logger });
  const inject: FakeApi['inject'] = (request) =>
    withTokens.inject({ ...request, headers: { ...request.headers, ...by('alice') } });
  for (const load of [open.inject, inject]) {
    await loadFixture(load);
    await load({
      method: 'POST',
      path: '/hsm/v2/locks/lock',
      body: JSON.stringify({ ComponentIDs: [component] }),
    });
  }
});
afterAll(() => Promise.all([open.app.close(), withTokens.app.close()]));

/** Reserves and gives where the outcome is shown. The reservation is removed again. */
async function reserved(api: FakeApi, base = '/hsm/v2', headers: Record<string, string> = {}): Promise<string> {
  const all = { ...headers, prefer: 'respond-async' };
  const body = JSON.stringify({ ComponentIDs: [component] });
  const answer = await api.inject({ method: 'POST', path: `${base}/locks/reservations`, body, headers: all });
  expect(answer.status).toBe(202);
  expect(answer.headers['cache-control']).toBe('no-store');
  await api.inject({ method: 'POST', path: `${base}/locks/reservations/remove`, body, headers });
  return String(answer.headers.location);
}

async function shown(api: FakeApi, path: string, headers: Record<string, string> = {}) {
  const answer = await api.inject({ method: 'GET', path, headers });
  expect(answer.headers['cache-control']).toBe('no-store');
  return { ...answer, keys: /Key"/.test(answer.text) };
}

test.each(['/hsm/v2', '/apis/smd/hsm/v2', '/v1', '/apis/ifs/v1', ''])(
  'with identities %s/requests shows keys only to the one that asked; the outcome to others, too',
  async (base) => {
    const location = await reserved(withTokens, base, by('alice'));
    expect(location.startsWith(`${base}/requests/`)).toBe(true);
    expect((await shown(withTokens, location, by('alice'))).keys).toBe(true);
    const others = await shown(withTokens, location, by('bob'));
    expect([others.status, others.keys]).toEqual([200, false]);
    expect(JSON.parse(others.text)).toMatchObject({ status: 'decided', Result: { Success: [{ ID: component }] } });
    // However late.
    withTokens.gateway.logTime = withTokens.runtime.time + 365 * 86_400_000;
    expect((await shown(withTokens, location, by('alice'))).keys).toBe(true);
    withTokens.gateway.logTime = null;
  },
);

test('without identities keys are shown for ten minutes after the decision, by log time, whatever the clock here says', async () => {
  const location = await reserved(open);
  const decidedAt = open.runtime.time;
  for (const [logTime, keys] of [
    [decidedAt + apiLimits.keysShownMs, true],
    [decidedAt + apiLimits.keysShownMs + 1, false],
  ] as const) {
    for (const clock of [decidedAt - 365 * 86_400_000, decidedAt, decidedAt + 365 * 86_400_000]) {
      Object.assign(open.gateway, { logTime });
      open.runtime.time = clock;
      const answer = await shown(open, location);
      expect([answer.status, answer.keys], `${logTime - decidedAt} ${clock}`).toEqual([200, keys]);
    }
  }
  Object.assign(open.gateway, { logTime: null });
  open.runtime.time = decidedAt;
});

test('what was asked under an identity shows no keys where there are none any more', async () => {
  const location = await reserved(withTokens, '', by('alice'));
  const same = await fakeApi();
  Object.assign(same.gateway.readModel, { request: (id: string) => withTokens.gateway.readModel.request(id) });
  expect((await shown(same, location)).keys).toBe(false);
  await same.app.close();
});

test('an outcome without keys is shown without a barrier', async () => {
  const body = JSON.stringify({ ComponentIDs: [component] });
  const headers = { prefer: 'respond-async' };
  const path = '/hsm/v2/locks/reservations/remove';
  const { headers: answered } = await open.inject({ method: 'POST', path, body, headers });
  const before = open.gateway.barriers;
  expect((await shown(open, String(answered.location))).status).toBe(200);
  expect(open.gateway.barriers).toBe(before);
});

/** A text with some of its characters escaped, once or more often, in either case. */
const spelt = (text: string) =>
  fc
    .array(fc.record({ times: fc.integer({ min: 0, max: 3 }), upper: fc.boolean() }), {
      minLength: text.length,
      maxLength: text.length,
    })
    .map((how) =>
      [...text]
        .map((character, n) => {
          const { times, upper } = how[n]!;
          let escaped = character;
          for (let time = 0; time < times; time++) {
            const hex = escaped.charCodeAt(0).toString(16);
            escaped = time === 0 ? `%${upper ? hex.toUpperCase() : hex}` : escaped.replace('%', '%25');
          }
          return escaped;
        })
        .join(''),
    );

test('nothing of a token is in any log or error, however it is spelt and wherever it stands', async () => {
  const locations = [await reserved(open), await reserved(open, ''), await reserved(open, '/v1')];
  const places = fc.constantFrom(...locations).chain((location) => {
    const at = location.lastIndexOf('.');
    const [path, token] = [location.slice(0, at), location.slice(at + 1)];
    const word = fc.oneof(fc.constant(token), spelt(token), fc.constant(token.toUpperCase()));
    const [last = ''] = path.split('/').slice(-1);
    return word.chain((one) =>
      fc.constantFrom(
        ...[`${path}.${one}`, `${path}%2e${one}`, `${path}%2E${one}/`, `${path}/${one}`, `${path}.${one}?x=${one}`],
        ...[`${path.toUpperCase()}.${one}`, `/${path}.${one}`, `/placement${path}.${one}`, `/audit${path}.${one}`],
        ...[`/${one}`, `/hsm/v2/groups/${one}`, `/resource_classes/${one}`, `/audit/components/${one}`, `/docs/${one}`],
        ...[`${path}.${one}%zz`, `/requests/${last}.${'x'.repeat(300)}${one}`, `/openapi/${one}.yaml`, `/?${one}`],
        ...[`http://localhost${path}.${one}`, `/hsm/v2/State/Components/${one}`, `/requests%2F${last}.${one}`],
      ),
    );
  });
  const methods = fc.constantFrom('GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS');
  await fc.assert(
    fc.asyncProperty(places, methods, fc.boolean(), async (path, method, stops) => {
      lines.length = 0;
      open.gateway.failure = stops ? 'stopped' : null;
      const headers = { referer: `http://localhost${path}`, origin: 'http://localhost' };
      const answer = await open.inject({ method, path, headers, ...(method === 'POST' ? { body: '{}' } : {}) });
      const told = [lines.join(''), answer.status >= 400 ? answer.text : ''].join('');
      expect(lines.length).toBeGreaterThan(0);
      const flat = decoded(told).toLowerCase();
      for (const location of locations) {
        const token = location.slice(location.lastIndexOf('.') + 1).toLowerCase();
        // A part of it is a part of the secret.
        for (let from = 0; from + 12 <= token.length; from++)
          expect(flat.includes(token.slice(from, from + 12)), told).toBe(false);
      }
    }),
    { numRuns: 400 },
  );
  open.gateway.failure = null;
});

test('what is no secret is logged', async () => {
  const location = await reserved(open, '/v1');
  const id = location.slice('/v1/requests/'.length, location.lastIndexOf('.'));
  for (const [path, logged] of [
    [location, `/v1/requests/${id}`],
    ['/hsm/v2/State/Components/X0C0s0b0n0?x', '/hsm/v2/State/Components/x0c0s0b0n0'],
    ['/hsm/v2/locks/nosuch/status', '/hsm/v2/locks/(not shown)'],
    ['/livez', '/livez'],
  ] as const) {
    lines.length = 0;
    await open.inject({ method: 'GET', path });
    expect(lines.map((line) => JSON.parse(line).path)).toContain(logged);
  }
});

function decoded(text: string): string {
  let flat = text;
  for (let time = 0; time < 5; time++) {
    flat = flat.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  }
  return flat;
}
