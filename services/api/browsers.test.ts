import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documents } from '../../test/support/described.js';
import { statusInError } from '../../test/support/error-status.js';
import { type FakeApi, fakeApi } from '../../test/support/fake-api.js';
import { authorityOf, refusalOf } from './browsers.js';
import { apiModules } from './modules.js';

const json = { 'content-type': 'application/json' };
const known = [authorityOf('locks.example.com')!, authorityOf('locks.example.com:8443')!];
const statusOf = (method: string, headers: Record<string, string>, hosts: typeof known | null = known) =>
  refusalOf({ method, headers }, hosts)?.status ?? null;

describe('Host', () => {
  test.each([
    ...['127.0.0.1:28800', '127.8.9.1', 'localhost', 'LOCALHOST:1', 'localhost.', 'app.localhost:28800', '[::1]:28800'],
    ...['[::ffff:127.0.0.1]', '10.1.2.3:443', '[2001:DB8::1]', 'locks.example.com', 'Locks.Example.COM.:99'],
  ])('%s is known, at any port', (host) => {
    expect(statusOf('POST', { host })).toBe(null);
  });

  test.each([
    ...[
      'evil.example',
      'evil.example:28800',
      'locks.example.com.evil.example',
      'localhost.evil.example',
      'notlocalhost',
    ],
    ...['127.0.0.1.evil.example', '127.1', '2130706433', '0x7f.0.0.1', 'xlocks.example.com', '127.0.0.1.nip.io'],
  ])('%s is not, for reads either, unless any name will do', (host) => {
    for (const method of ['GET', 'HEAD', 'POST', 'PATCH', 'PUT', 'DELETE']) {
      expect(statusOf(method, { host }), method).toBe(421);
      expect(statusOf(method, { host }, []), method).toBe(421);
      expect(statusOf(method, { host }, null), method).toBe(null);
    }
  });

  test.each([
    '',
    ' ',
    'a b',
    'localhost:',
    '[::1',
    '::1',
    '[localhost]',
    'user@localhost',
    'localhost/x',
    'a:1:2',
    '[]',
    'ä',
  ])('of "%s" none is read but with a port that is empty', (host) => {
    expect(statusOf('GET', { host })).toBe(host === 'localhost:' ? null : 400);
  });
});

describe('without Origin and Sec-Fetch-Site', () => {
  test.each(['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x', 'application/json'])(
    'a request with %s is no browser’s',
    (type) => {
      expect(statusOf('POST', { host: '127.0.0.1:1', 'content-type': type, 'sec-fetch-mode': 'cors' })).toBe(null);
      expect(statusOf('POST', { 'content-type': type })).toBe(null);
    },
  );
});

describe('Origin and Sec-Fetch-Site', () => {
  const host = '127.0.0.1:28800';
  const changes = ['POST', 'PATCH', 'PUT', 'DELETE', 'OPTIONS'];

  test.each([
    ['http://127.0.0.1:28800', host],
    ['HTTP://127.0.0.1:28800', host],
    ['http://localhost', 'localhost:80'],
    ['https://localhost', 'localhost:443'],
    ['http://LOCALHOST', 'localhost.'],
    ['http://[::1]:28800', '[::1]:28800'],
    ['https://locks.example.com', '127.0.0.1:28800'],
    ['https://locks.example.com:8443', '127.0.0.1:28800'],
  ])('%s is the origin of %s', (origin, at) => {
    for (const method of [...changes, 'GET']) {
      expect(statusOf(method, { host: at, origin, ...json, 'sec-fetch-site': 'same-origin' }), method).toBe(null);
      expect(statusOf(method, { host: at, origin, ...json }), method).toBe(null);
    }
  });

  test.each([
    ...['null', '', 'https://evil.example', 'http://127.0.0.1', 'http://127.0.0.1:3000', 'http://localhost:28800'],
    ...['http://127.0.0.1:28800.evil.example', 'http://evil@127.0.0.1:28800', 'file://', 'chrome-extension://abc'],
    ...['https://locks.example.com:9999', 'http://127.0.0.1:28800/', 'http://127.0.0.1:28800 http://127.0.0.1:28800'],
  ])('%s is another', (origin) => {
    for (const method of [...changes, 'GET', 'HEAD']) {
      expect(statusOf(method, { host, origin, ...json }), method).toBe(403);
      expect(statusOf(method, { host, origin, ...json }, null), method).toBe(403);
    }
  });

  test.each(['cross-site', 'same-site', 'Cross-Site', ''])('Sec-Fetch-Site: %s may only follow a link', (site) => {
    const headers = { host, 'sec-fetch-site': site };
    for (const method of changes) {
      expect(statusOf(method, { ...headers, 'sec-fetch-mode': 'navigate' }), method).toBe(403);
    }
    for (const mode of ['no-cors', 'cors', 'same-origin']) {
      expect(statusOf('GET', { ...headers, 'sec-fetch-mode': mode }), mode).toBe(403);
    }
    expect(statusOf('GET', headers)).toBe(403);
    expect(statusOf('GET', { ...headers, 'sec-fetch-mode': 'navigate' })).toBe(null);
    expect(statusOf('GET', { ...headers, 'sec-fetch-mode': 'navigate', origin: 'null' })).toBe(403);
  });

  test.each(['application/x-www-form-urlencoded', 'Text/Plain', 'multipart/form-data; boundary=x', ' text/plain ;x'])(
    "a form's %s is refused even of this origin",
    (type) => {
      const own = { host, 'content-type': type };
      expect(statusOf('POST', { ...own, origin: `http://${host}` })).toBe(403);
      expect(statusOf('POST', { ...own, 'sec-fetch-site': 'same-origin' })).toBe(403);
      expect(statusOf('POST', { ...own, 'sec-fetch-site': 'none' })).toBe(403);
    },
  );
});

describe('over every operation', () => {
  let api: FakeApi;
  beforeAll(async () => {
    api = await fakeApi({ hosts: ['locks.example.com'] });
  });
  afterAll(() => api.app.close());

  const operations = documents.flatMap(([document, bases, module]) => {
    const { paths } = document.parsed() as { paths: Record<string, object> };
    return Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods)
        .filter((method) => /^(get|head|post|put|patch|delete)$/.test(method))
        .flatMap((method) =>
          bases.map((base) => {
            const at = `${base}${path.replace(/\{\w+\}/g, 'x0')}`;
            // The root of all is the service's own.
            return [method.toUpperCase(), at, at === '/' ? null : module];
          }),
        ),
    );
  }) as [string, string, string | null][];
  for (const own of ['POST /nosuch', 'GET /docs/', 'GET /openapi/audit.yaml', 'OPTIONS /locks/lock']) {
    operations.push([...(own.split(' ') as [string, string]), null]);
  }

  test.each(operations)(
    '%s %s of a foreign page is refused in the form of its API, and nothing is asked',
    async (method, path, module) => {
      const foreign = fc.oneof(
        fc.record({ origin: fc.constantFrom('null', 'https://evil.example', 'http://localhost:3000') }),
        fc.record({ 'sec-fetch-site': fc.constantFrom('cross-site', 'same-site') }),
        fc.record({ host: fc.domain().filter((name) => name !== 'locks.example.com') }),
      );
      const types = fc.constantFrom({}, json, { 'content-type': 'text/plain' });
      await fc.assert(
        fc.asyncProperty(foreign, types, async (headers, type) => {
          const body = method === 'GET' || method === 'HEAD' ? {} : { body: '{"ComponentIDs":["x0"]}' };
          const answer = await api.inject({
            method,
            path,
            headers: { 'x-auth-token': 'admin', ...type, ...headers },
            ...body,
          });
          expect(answer.status).toBe('host' in headers ? 421 : 403);
          if (method !== 'HEAD') expect(statusInError(module, JSON.parse(answer.text))).toBe(answer.status);
          expect(Object.keys(answer.headers).some((name) => name.startsWith('access-control-'))).toBe(false);
        }),
        { numRuns: 5 },
      );
      expect(api.gateway.submissions).toEqual([]);
    },
  );

  test('what /docs sends is answered, and the page calls and is shown by no other origin', async () => {
    const own = {
      host: 'locks.example.com',
      origin: 'https://locks.example.com',
      'sec-fetch-site': 'same-origin',
      ...json,
    };
    const path = '/hsm/v2/locks/status';
    expect(
      (await api.inject({ method: 'POST', path, headers: own, body: '{"ComponentIDs":["x0c0s0b0n0"]}' })).status,
    ).toBe(400);
    const page = await api.inject({ method: 'GET', path: '/docs/' });
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/https?:\/\//);
    const policy = String(page.headers['content-security-policy']);
    expect(policy).toMatch(/default-src 'self';.*frame-ancestors 'none'/);
    expect(policy).not.toMatch(/https?:|swagger\.io|\*/);
    const script = await api.inject({ method: 'GET', path: '/docs/static/swagger-initializer.js' });
    expect(script.text).toContain('validatorUrl: null');
    expect(script.text.replace(/\/\/ If you get.*/, '')).not.toMatch(/https?:\/\//);
  });
});

describe('on a socket', () => {
  let api: FakeApi;
  let port: number;
  beforeAll(async () => {
    api = await fakeApi();
    port = Number(new URL(await api.app.listen({ host: '127.0.0.1', port: 0 })).port);
  });
  afterAll(() => api.app.close());

  /** The status of the answer. */
  function sent(text: string): Promise<number> {
    return new Promise((resolve, reject) => {
      let answer = '';
      const socket = connect(port, '127.0.0.1', () => socket.end(text));
      socket.on('data', (data) => {
        answer += data;
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(Number(answer.split(' ')[1])));
    });
  }

  const end = 'Connection: close\r\n\r\n';
  test.each([
    ['HTTP/1.0 without a Host', `GET /livez HTTP/1.0\r\n${end}`, 200],
    ['HTTP/1.1 without a Host', `GET /livez HTTP/1.1\r\n${end}`, 400],
    ['a foreign Host', `GET /livez HTTP/1.1\r\nHost: evil.example\r\n${end}`, 421],
    ['a whole URL to here', `GET http://localhost/livez HTTP/1.1\r\nHost: evil.example\r\n${end}`, 200],
    ['a whole URL to elsewhere', `GET http://evil.example/livez HTTP/1.1\r\nHost: localhost\r\n${end}`, 421],
    ['a whole URL without a path', `GET http://localhost HTTP/1.1\r\nHost: localhost\r\n${end}`, 200],
    ['a URL with a user', `GET http://localhost@evil.example/livez HTTP/1.1\r\nHost: localhost\r\n${end}`, 400],
    ['two Hosts', `GET /livez HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n${end}`, 400],
    [
      'two Hosts, the first of them ours',
      `GET /livez HTTP/1.1\r\nHost: localhost\r\nhost: evil.example\r\n${end}`,
      400,
    ],
  ])('%s', async (_, text, status) => {
    expect(await sent(text)).toBe(status);
  });

  test.each(apiModules.flatMap(({ apis }) => apis.flatMap(({ basePaths }) => basePaths)))(
    'a whole URL of a path under %s is taken as that',
    async (base) => {
      const status = await sent(`GET HTTP://[::1]:9${base}/usages HTTP/1.1\r\nHost: x\r\n${end}`);
      expect([401, 404]).toContain(status);
      expect(status).toBe(await sent(`GET ${base}/usages HTTP/1.1\r\nHost: localhost\r\n${end}`));
    },
  );
});
