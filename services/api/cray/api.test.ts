import { load } from 'js-yaml';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadFixture, releaseEverything } from '../../../test/modules/cray/conformance/loading.js';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { bodyLimits } from '../body-limits.js';
import { apiLimits } from '../limits.js';
import { crayLimits } from './limits.js';

let api: FakeApi;
beforeAll(async () => {
  api = await fakeApi();
  await loadFixture(api.inject);
});
beforeEach(async () => {
  api.gateway.failure = null;
  await releaseEverything(api.inject);
});
afterAll(() => api.app.close());

const a = 'x0c0s0b0n0';
const lease = { ComponentIDs: [a], ReservationDuration: 5 };

interface Reply {
  status: number;
  // biome-ignore lint/suspicious/noExplicitAny: tests read what a client would.
  body: any;
  headers: Record<string, unknown>;
  text: string;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const sent = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
  const response = await api.inject({ method, path, headers, ...sent });
  const isJson = response.contentType.includes('json');
  return { ...response, body: isJson ? JSON.parse(response.text) : null };
}
const post = (path: string, body?: unknown, headers: Record<string, string> = {}) => call('POST', path, body, headers);
const reserve = (headers: Record<string, string> = {}, body: object = lease) =>
  post('/hsm/v2/locks/service/reservations', body, headers);

describe('requests', () => {
  test('a body with a Content-Encoding is refused, whatever would be made of it, and changes nothing', async () => {
    const locks = (encoding: string) =>
      post('/hsm/v2/locks/lock', { ComponentIDs: [a] }, { 'content-encoding': encoding });
    for (const encoding of ['gzip', 'br', 'identity, gzip', 'x']) {
      expect(await locks(encoding)).toMatchObject({
        status: 415,
        body: { detail: expect.stringMatching(/Content-Encoding/) },
      });
    }
    const { body } = await post('/hsm/v2/locks/status', { ComponentIDs: [a] });
    expect(body.Components).toMatchObject([{ ID: a, Locked: false }]);
    expect(await locks('Identity')).toMatchObject({ status: 200 });
  });

  const key = '0b7e3f52-6d0a-4a7a-8a52-0f3f5f7b8a11';

  test('the same request with the same key gets the same answer, reservation keys and sequence included', async () => {
    const first = await reserve({ 'idempotency-key': key });
    const second = await reserve({ 'idempotency-key': key.toUpperCase() });
    expect(first.status).toBe(200);
    expect(second.text).toBe(first.text);
    expect(second.headers['holdfast-sequence']).toBe(first.headers['holdfast-sequence']);
  });

  test('another body under the same key is 422 and changes nothing', async () => {
    await reserve({ 'idempotency-key': key }, { ...lease, ReservationDuration: 6 });
    const other = await reserve({ 'idempotency-key': key }, { ...lease, ComponentIDs: ['x0c0s1b0n0'] });
    expect(other.status).toBe(422);
    const { body } = await post('/hsm/v2/locks/status', { ComponentIDs: ['x0c0s1b0n0'] });
    expect(body.Components[0].Reserved).toBe(false);
  });

  test('a key that is not a UUID is 400', async () => {
    for (const bad of ['1', `${key},${key}`, 'urn:uuid:x'])
      expect((await reserve({ 'idempotency-key': bad })).status).toBe(400);
  });

  test('every answer to a change carries a sequence that grows, refused or not', async () => {
    const sequence = async () =>
      Number((await post('/hsm/v2/locks/lock', { ComponentIDs: [a] })).headers['holdfast-sequence']);
    const [first, second] = [await sequence(), await sequence()];
    expect(second).toBeGreaterThan(first);
  });

  test('respond-async answers 202 with a location that shows pending, then the answer with its keys', async () => {
    api.gateway.holding = true;
    const accepted = await reserve({ prefer: 'wait=5, respond-async' });
    expect([accepted.status, accepted.headers['preference-applied']]).toEqual([202, 'respond-async']);
    const location = String(accepted.headers.location);
    const bare = location.slice(0, location.lastIndexOf('.'));
    expect((await call('GET', location)).body).toEqual({ id: accepted.body.id, status: 'pending' });
    expect((await call('GET', bare)).status).toBe(404);
    api.gateway.decideQueued();
    api.gateway.holding = false;

    const { body } = await call('GET', location);
    expect(body).toMatchObject({ status: 'decided', StatusCode: 200, Result: { Failure: [] } });
    expect(body.Result.Success[0].ReservationKey).toMatch(/^x0c0s0b0n0:rk:/);
    const released = await post('/hsm/v2/locks/reservations/release', {
      ReservationKeys: [{ ID: a, Key: body.Result.Success[0].ReservationKey }],
    });
    expect(released.status).toBe(200);
  });

  test("without the token a request's outcome shows no keys, and a wrong token shows nothing", async () => {
    const accepted = await reserve({ prefer: 'respond-async' });
    const location = String(accepted.headers.location);
    const bare = location.slice(0, location.lastIndexOf('.'));
    const { text, body } = await call('GET', bare);
    expect(body.Result.Success).toEqual([
      { ID: a, ExpirationTime: expect.any(String), FencingToken: expect.any(Number) },
    ]);
    expect(text).not.toMatch(/[rd]k:/);
    expect((await call('GET', `${bare}.${'A'.repeat(43)}`)).status).toBe(404);
    expect((await call('GET', `${location}x`)).status).toBe(404);
    expect((await call('GET', '/hsm/v2/requests/nonsense')).status).toBe(404);
  });

  test('where the outcome is not known, 503 says when to try again and where to look', async () => {
    for (const code of ['undecided', 'append-failed'] as const) {
      api.gateway.failure = code;
      const { status, headers } = await reserve();
      expect(status).toBe(503);
      expect(headers).toMatchObject({
        'retry-after': '1',
        location: expect.stringMatching(/^\/hsm\/v2\/requests\/\S+\.\S+$/),
      });
    }
  });

  test('the other failures of the log have their own codes', async () => {
    const codes = { overloaded: 429, 'too-large': 413, gone: 503, stopped: 503 } as const;
    for (const [code, status] of Object.entries(codes)) {
      api.gateway.failure = code as keyof typeof codes;
      expect((await reserve()).status, code).toBe(status);
    }
  });
});

describe('reads', () => {
  test('wait for the head by default, and not when eventual', async () => {
    const { waits } = api.gateway.readModel;
    waits.length = 0;
    await call('GET', '/hsm/v2/locks/status');
    expect(waits).toEqual([await api.gateway.head()]);
    waits.length = 0;
    await call('GET', '/hsm/v2/locks/status', undefined, { consistency: 'eventual' });
    expect(waits).toEqual([]);
  });

  test('a lease past its expiry is not ended by the reader but by a barrier in the log', async () => {
    await reserve({}, { ComponentIDs: [a], ReservationDuration: 1 });
    const before = api.gateway.barriers;
    await post('/hsm/v2/locks/status', { ComponentIDs: [a] });
    expect(api.gateway.barriers).toBe(before);
    api.runtime.time += 61_000;
    const { body } = await post('/hsm/v2/locks/status', { ComponentIDs: [a] });
    expect([body.Components[0].Reserved, api.gateway.barriers]).toEqual([false, before + 1]);
  });

  test('who does not wait is shown a lease past its expiry as it is known, and told that it is', async () => {
    await reserve({}, { ComponentIDs: [a], ReservationDuration: 1 });
    const eventual = { consistency: 'eventual' };
    const shown = () => [
      call('POST', '/hsm/v2/locks/status', { ComponentIDs: [a] }, eventual),
      call('POST', '/v1/locks/status', { ComponentIDs: [a], Reserved: ['true'] }, eventual),
      call('GET', '/hsm/v2/locks/status?reserved=False', undefined, eventual),
    ];
    for (const { status, headers } of await Promise.all(shown())) {
      expect([status < 500, headers['holdfast-past-expiry']]).toEqual([true, undefined]);
    }
    const reserved = api.runtime.time;
    api.runtime.time += 61_000;
    const before = api.gateway.barriers;
    for (const { status, headers } of await Promise.all(shown())) {
      expect(status).toBeLessThan(500);
      const expiry = Date.parse(String(headers['holdfast-past-expiry']));
      expect([expiry > reserved, expiry < api.runtime.time]).toEqual([true, true]);
    }
    expect(api.gateway.barriers).toBe(before);
    const waited = await post('/hsm/v2/locks/status', { ComponentIDs: [a] });
    expect([waited.body.Components[0].Reserved, waited.headers['holdfast-past-expiry']]).toEqual([false, undefined]);
  });

  test('a lease past its expiry is ended for who filters by what is free, too', async () => {
    for (const ask of [
      () => post('/hsm/v2/locks/status', { ComponentIDs: [a], Reserved: ['false'] }),
      () => post('/v1/locks/status', { ComponentIDs: [a], Reserved: ['!true'] }),
      () => call('GET', '/hsm/v2/locks/status?reserved=False'),
    ]) {
      await reserve({}, { ComponentIDs: [a], ReservationDuration: 1 });
      const shown = async () => (await ask()).body.Components?.map(({ ID }: { ID: string }) => ID) ?? [];
      expect(await shown()).not.toContain(a);
      api.runtime.time += 61_000;
      expect(await shown()).toContain(a);
    }
  });
});

describe('paths and methods', () => {
  test('the hsm dialect answers unknown paths and methods as hms-smd does', async () => {
    for (const [method, path] of [
      ['GET', '/locks'],
      ['PUT', '/locks/status'],
      ['DELETE', '/locks/lock'],
      ['PATCH', '/nosuch'],
    ]) {
      const { status, text, headers } = await call(method!, `/apis/smd/hsm/v2${path}`);
      expect([status, text, headers['content-type']]).toEqual([
        404,
        '404 page not found\n',
        'text/plain; charset=utf-8',
      ]);
    }
    expect((await call('GET', '/%68sm/v2/nosuch')).text).toBe('404 page not found\n');
    const { status, headers, body } = await call('PATCH', '/hsm/v2/locks/lock', {});
    expect([status, headers.allow, body.detail]).toEqual([405, 'POST', 'allow POST']);
  });

  test('elsewhere an unknown path is a 404 problem and an unknown method a 405 problem', async () => {
    expect(await call('GET', '/nosuch')).toMatchObject({ status: 404, body: { title: 'Not Found' } });
    for (const method of ['GET', 'DELETE', 'TRACE', 'PURGE', 'QUERY']) {
      const expected = { status: 405, headers: { allow: 'PATCH, POST' } };
      expect(await call(method, '/v1/locks/lock'), method).toMatchObject(expected);
      expect((await call(method, '/nosuch')).status, method).toBe(404);
    }
    expect((await call('GET', '/%zz')).status).toBe(400);
  });

  test('the root names what is served, and every document and the page to try them at are there', async () => {
    const { body } = await call('GET', '/');
    expect(body.apis.flatMap(({ basePaths }: { basePaths: string[] }) => basePaths)).toContain('/hsm/v2');
    for (const { document } of body.apis) {
      const { status, text } = await call('GET', document);
      expect([status, (load(text) as { openapi: string }).openapi]).toEqual([200, '3.1.0']);
    }
    expect((await call('GET', '/docs')).text).toContain('swagger');
    const settings = (await call('GET', '/docs/static/swagger-initializer.js')).text;
    for (const { document } of body.apis) expect(settings).toContain(document);
  });

  test('live and ready answer', async () => {
    expect((await call('GET', '/livez')).body).toEqual({ live: true });
    expect((await call('GET', '/readyz')).body).toEqual({ ready: true, reasons: [] });
  });
});

describe('bodies', () => {
  test('any content type, or none, is read as JSON', async () => {
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'nonsense',
      'application/json; charset=latin1',
    ]) {
      const { status } = await post('/hsm/v2/locks/status', { ComponentIDs: [a] }, { 'content-type': type });
      expect([type, status]).toEqual([type, 200]);
    }
    expect((await post('/hsm/v2/locks/status', JSON.stringify({ ComponentIDs: [a] }))).status).toBe(200);
  });

  test('a null body asks for every status, and changes nothing anywhere else', async () => {
    expect((await post('/hsm/v2/locks/status', 'null')).body.Components).toHaveLength(8);
    expect((await post('/hsm/v2/locks/lock', 'null')).status).toBe(400);
    expect((await post('/v1/locks/status', 'null')).status).toBe(400);
  });

  test('a body over the limit is 413', async () => {
    const large = `"${'x'.repeat(apiLimits.bodyBytesMax)}"`;
    expect((await post('/hsm/v2/locks/lock', large)).status).toBe(413);
  });

  test('a body over the limit of its own operation is 413, and one at it is looked at', async () => {
    const { bytes } = bodyLimits.ids;
    const padded = (size: number) => `{"ComponentIDs":["${a}"]${' '.repeat(size - 21 - a.length)}}`;
    for (const path of ['/hsm/v2/locks/status', '/v1/locks/status', '/v1/locks/lock']) {
      const { status, body } = await post(path, padded(bytes + 1));
      expect([status, body.detail]).toEqual([413, expect.stringContaining(`larger than ${bytes} bytes`)]);
    }
    expect((await post('/hsm/v2/locks/status', padded(bytes))).status).toBe(200);
  });

  test('a body with too many values, or too deep, is 400 in both dialects, and says which limit', async () => {
    const objects = `{"ComponentIDs":[${'{},'.repeat(bodyLimits.ids.values)}{}]}`;
    const deep = `{"x":${'['.repeat(2_000_000)}`;
    for (const path of ['/hsm/v2/locks/status', '/hsm/v2/locks/lock', '/v1/locks/status', '/v1/locks/lock']) {
      const many = await post(path, objects);
      expect([path, many.status, many.body.detail]).toEqual([path, 400, expect.stringContaining(' values')]);
      const nested = await post(path, deep);
      expect([path, nested.status, nested.body.detail]).toEqual([path, 400, expect.stringContaining('deeper than')]);
    }
  });

  test('more ids than the limit are 400, and as many as the limit are answered', async () => {
    const ids = Array.from(
      { length: apiLimits.idsPerCallMax },
      (_, n) => `x${1 + (n % 9000)}c0s${Math.floor(n / 9000)}b0n0`,
    );
    const { status, body } = await post('/v1/locks/status', { ComponentIDs: ids });
    expect([status, body.NotFound.length]).toEqual([202, ids.length]);
    expect((await post('/v1/locks/status', { ComponentIDs: [...ids, a] })).status).toBe(400);
  });

  test('a key of a wrong type or length is refused and never repeated', async () => {
    const key = '056e3b6f-0fb9-4b76-bb34-9f86cbec20fc';
    const bad = [
      { Key: { key } },
      { Key: [key] },
      { Key: key.repeat(20) },
      key,
      { ID: { key }, Key: key },
      { ID: key, Key: key },
    ];
    for (const shown of bad) {
      for (const path of ['/hsm/v2/locks/reservations/release', '/v1/locks/service/reservations/renew']) {
        const { status, text } = await post(path, { ReservationKeys: [shown], ReservationDuration: 1 });
        expect(status).toBe(400);
        expect(text).not.toContain('056e');
      }
    }
  });
});

describe('inventory', () => {
  test('components, groups and partitions are shown as hms-smd shows them', async () => {
    const { body } = await call('GET', '/hsm/v2/State/Components/X0C0S4B0N0');
    expect(body).toEqual({
      ID: 'x0c0s4b0n0',
      Type: 'Node',
      State: 'Ready',
      Flag: 'OK',
      Enabled: true,
      Role: 'Management',
      SubRole: 'Worker',
      NID: 5,
      NetType: 'Sling',
      Arch: 'X86',
      Class: 'River',
    });
    expect((await call('GET', '/hsm/v2/State/Components')).body.Components).toHaveLength(8);
    expect((await call('GET', '/hsm/v2/groups/grp2')).body.members.ids).toEqual(['x0c0s1b0n0', 'x0c0s2b0n0']);
    expect((await call('GET', '/hsm/v2/partitions')).body).toHaveLength(1);
  });

  test('creating gives 204 or 201 with a link, an existing name 409, deleting 200, and again 404', async () => {
    const put = await post('/hsm/v2/State/Components', {
      Components: [{ ID: 'X9C0S0B0N0', State: 'On', NID: '77', role: 'compute' }],
    });
    expect([put.status, put.text]).toEqual([204, '']);
    const group = { label: 'Grp9', members: { ids: ['x9c0s0b0n0'] } };
    const made = await post('/hsm/v2/groups', group);
    expect([made.status, made.body]).toEqual([201, [{ URI: '/hsm/v2/groups/grp9' }]]);
    expect((await post('/hsm/v2/groups', group)).status).toBe(409);
    for (const path of ['/groups/grp9', '/State/Components/x9c0s0b0n0']) {
      const gone = await call('DELETE', `/hsm/v2${path}`);
      expect([gone.status, gone.body]).toEqual([200, { code: 0, message: 'deleted 1 entry' }]);
      expect((await call('DELETE', `/hsm/v2${path}`)).status).toBe(404);
      expect((await call('GET', `/hsm/v2${path}`)).status).toBe(404);
    }
  });

  test('invalid components and names are 400', async () => {
    const bad: [string, unknown][] = [
      ['/State/Components', { Components: [] }],
      ['/State/Components', {}],
      ['/State/Components', { Components: [{ ID: 'foo' }] }],
      ['/State/Components', { Components: [{ ID: a, State: 'Broken' }] }],
      ['/State/Components', { Components: [{ ID: a, NID: -1 }] }],
      ['/groups', { label: 'a b' }],
      ['/groups', { label: 'ok', members: { ids: ['foo'] } }],
      ['/partitions', { name: 'x0c0s0b0n0' }],
    ];
    for (const [path, body] of bad) expect((await post(`/hsm/v2${path}`, body)).status, JSON.stringify(body)).toBe(400);
  });

  test('a name in a path that is not valid is 400, and the document says so', async () => {
    // biome-ignore lint/suspicious/noExplicitAny: tests read what a client would.
    const { paths } = load((await call('GET', '/openapi/cray-hsm.yaml')).text) as any;
    const named = { '/groups/{name}': 'a b', '/partitions/{name}': 'a b', '/State/Components/{xname}': 'foo' };
    for (const [path, name] of Object.entries(named)) {
      for (const method of ['get', 'delete']) {
        const at = `/hsm/v2${path.replace(/{.*}/, encodeURIComponent(name))}`;
        // As recorded: whoever asks for a component by what is no name is told that there is none.
        const status = method === 'get' && name === 'foo' ? 404 : 400;
        expect((await call(method.toUpperCase(), at)).status, at).toBe(status);
        expect(Object.keys(paths[path][method].responses), `${method} ${path}`).toContain('400');
      }
    }
    // As hms-smd has it, too: what could be the name of a group is no partition, but no bad name in a path either.
    expect((await call('GET', '/hsm/v2/partitions/p')).status).toBe(404);
  });
});

test('the limits that the documents repeat are those of the API', async () => {
  for (const file of ['cray-published.yaml', 'cray-hsm.yaml']) {
    const { text } = await call('GET', `/openapi/${file}`);
    const all = (name: string) =>
      new Set([...text.matchAll(new RegExp(`${name}: (\\d+)`, 'g'))].map(([, n]) => Number(n)));
    expect(all('maxItems')).toEqual(new Set([apiLimits.idsPerCallMax]));
    expect(text).toContain(`Key: { type: string, maxLength: ${crayLimits.keyLengthMax} }`);
    // biome-ignore lint/suspicious/noExplicitAny: tests read what a client would.
    const { schemas, parameters } = (load(text) as any).components;
    expect(schemas.RequestReason.maxLength).toBe(apiLimits.reasonLengthMax);
    expect(parameters.Actor.description).toContain(`${apiLimits.statedActorLengthMax} characters at most`);
    expect(parameters.Reason.description).toContain(`${apiLimits.reasonLengthMax} characters at most`);
    const minutes = file === 'cray-hsm.yaml' ? crayLimits.hsmReservationMinutesMax : crayLimits.reservationMinutesMax;
    expect(all('maximum')).toContain(minutes);
  }
});
