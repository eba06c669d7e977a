import { createServer as createPlain, type RequestListener, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { type AddressInfo, createServer as createRaw, type Server as RawServer } from 'node:net';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Certificate, selfSigned } from '../../test/support/certificate.js';
import { Client, ServerError } from './client.js';
import { change } from './commands/server.js';
import { whyNoAnswer } from './no-answer.js';
import { late, lateTls, NoAnswer } from './transport.js';

/*
 * What somebody is told who reaches nobody, or somebody else: what is wrong, what to do, and whether anything was sent.
 */

const servers: (Server | RawServer)[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(server: Server | RawServer): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

const plain = async (listener: RequestListener) => `http://127.0.0.1:${await listening(createPlain(listener))}`;
const secure = async (certificate: Certificate, listener: RequestListener = well) =>
  `https://127.0.0.1:${await listening(createSecure(certificate, listener))}`;
const well: RequestListener = (_request, response) => response.end('{"well":true}');

async function nobody(): Promise<string> {
  const server = createRaw();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

/** What a change says that fails. */
async function refusal(server: string, token: string | null = null, ca?: string): Promise<ServerError> {
  const changed = Promise.resolve()
    .then(() => change({ server }, '/v1/locks/lock', {}, new Client(server, token, { ca, retryMs: 1 })))
    .then(() => new Error('it was done'));
  const error = await changed.catch((one: ServerError) => one);
  expect(error).toBeInstanceOf(ServerError);
  return error as ServerError;
}

let own: Certificate;
beforeAll(() => {
  own = selfSigned('127.0.0.1');
});

describe('what cannot have been taken is said to be unsent', () => {
  const kinds: [string, () => Promise<string>, RegExp][] = [
    [
      'nobody listens',
      nobody,
      /^nobody listens at http:\/\/127\.0\.0\.1:\d+: is Holdfast running there\?.*npm start.*--server URL/,
    ],
    ['a host that nobody knows', async () => 'http://no-such-host.invalid:1', /no-such-host\.invalid.*--server/],
    [
      'a certificate that nobody vouches for',
      () => secure(own),
      /certificate of https:\S+ is not trusted \(\w+\).*--cacert FILE/,
    ],
    [
      'TLS where there is none',
      async () => (await plain(well)).replace('http', 'https'),
      /does not speak TLS.*--server http:\/\/127/,
    ],
    [
      'none where there is TLS',
      async () => (await secure(own)).replace('https', 'http'),
      /speaks TLS: give --server https:\/\/127/,
    ],
    [
      'sent on',
      () => plain((_, response) => response.writeHead(301, { location: 'https://b/' }).end()),
      /301, sent on to https:\/\/b\//,
    ],
  ];
  test.each(kinds)('%s', async (_, server, why) => {
    const { message, code, unsent } = await refusal(await server());
    expect([code, unsent]).toEqual(['unreachable', true]);
    expect(message).toMatch(why);
    expect(message).toMatch(/\nNothing was sent\.$/);
    expect(message).not.toMatch(/not known whether/);
  });
});

describe('what may have been taken is said to be unknown, with how to learn it', () => {
  const kinds: [string, () => Promise<string>][] = [
    ['a connection that ends', () => plain(({ socket }) => socket.destroy())],
    [
      'an answer that ends early',
      () => plain((_, response) => response.writeHead(200, { 'content-length': '9' }).end('{"')),
    ],
    ['a server that cannot say', () => plain((_, response) => response.writeHead(503).end('{"detail":"later"}'))],
    ['an answer that is no JSON', () => plain((_, response) => response.end('<html>welcome</html>'))],
    [
      'a server that goes away after an answer that it cannot say',
      async () => {
        const server = createPlain((request, response) => {
          response.writeHead(503).end(() => {
            server.close();
            request.socket.destroy();
          });
        });
        return `http://127.0.0.1:${await listening(server)}`;
      },
    ],
  ];
  test.each(kinds)('%s', async (_, server) => {
    const { message, code, unsent } = await refusal(await server());
    expect([code, unsent]).toEqual(['unreachable', false]);
    expect(message).toMatch(/not known whether this was done.*--idempotency-key [0-9a-f-]{36}$/);
  });
});

test('with --cacert a server is trusted that its certificate vouches for, and no other', async () => {
  const client = new Client(await secure(own), null, { ca: own.cert });
  expect(await client.done('GET', '/')).toEqual({ well: true });
  const stranger = selfSigned('127.0.0.1');
  expect((await refusal(await secure(stranger), null, own.cert)).message).toMatch(/is not trusted/);
  const past = selfSigned('127.0.0.1', 0.5);
  expect((await refusal(await secure(past), null, past.cert)).message).toMatch(/has expired/);
  const named = selfSigned('locks.example.com');
  expect((await refusal(await secure(named), null, named.cert)).message).toMatch(/is for other names/);
});

test('what a name service, a network and a firewall do is told apart', () => {
  const told = (code: string) =>
    whyNoAnswer(new URL('http://locks.example.com:28800/'), new NoAnswer(code, false, 'so it was'));
  expect(told('ENOTFOUND')).toMatch(/^there is no host locks\.example\.com: check --server/);
  expect(told('EAI_AGAIN')).toMatch(/^the name service does not say where locks\.example\.com is: try again/);
  expect(told('EHOSTUNREACH')).toMatch(/^there is no way to locks\.example\.com/);
  expect(told(late)).toMatch(/^locks\.example\.com:28800 takes no connection/);
  expect(told(lateTls)).toMatch(/^locks\.example\.com:28800 takes a connection, but begins no TLS .* --server http:/);
  expect(told('EWHATEVER')).toMatch(/^no answer from http:\/\/locks\.example\.com:28800 \(EWHATEVER\)/);
});

test('what is not HTTP, or of no Holdfast, is said to be that', async () => {
  const other = await listening(createRaw((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')));
  expect((await refusal(`http://127.0.0.1:${other}`)).message).toMatch(/^what http:\S+ answers is not HTTP/);
  const page = await plain((_, response) => response.writeHead(404).end(`<html>${'nothing here '.repeat(99)}</html>`));
  const { message, code } = await refusal(page);
  expect(message).toMatch(/404 <html>nothing here .*no problem of Holdfast's/);
  expect([code, message.length < 400]).toEqual(['refused', true]);
});

test('who is not known is told where the token comes from', async () => {
  const server = await plain((_, response) => response.writeHead(401).end('{"detail":"A bearer token is required"}'));
  expect((await refusal(server)).message).toMatch(/401 A bearer token is required: give it in HOLDFAST_TOKEN/);
  expect((await refusal(server, 'a'.repeat(16))).message).toMatch(/401 .*: check the token in HOLDFAST_TOKEN/);
});

test.each(['', '/', '/site/a', '/site/a/', '/site/a//'])(
  'what --server ends with (%s) stays before the path',
  async (prefix) => {
    const asked: string[] = [];
    const server = await plain((request, response) => {
      asked.push(request.url!);
      response.end('{}');
    });
    const client = new Client(server + prefix, null);
    await client.done('GET', '/audit/holders?limit=1');
    await client.lines('/audit/events');
    const base = prefix.replace(/\/+$/, '');
    expect(asked).toEqual([`${base}/audit/holders?limit=1`, `${base}/audit/events`]);
  },
);

const wrong: [string, RegExp][] = [
  ['localhost:28800', /no URL of a server, such as http:/],
  ['locks', /no URL of a server/],
  ['ftp://locks', /no URL of a server/],
  ['http://alice:secret@locks', /holds a user: give a token instead/],
  ['http://locks/?a=b', /query or fragment/],
];
test.each(wrong)('--server %s is wrong usage', async (server, why) => {
  const { message, code } = await refusal(server);
  expect(message).toMatch(why);
  expect([code, message.includes('secret')]).toEqual(['invalid', false]);
});

test('--actor beside a token, and a token that no header holds, are wrong usage, and nothing is sent', async () => {
  let asked = 0;
  const server = await plain((_, response) => {
    asked++;
    response.end('{}');
  });
  const both = change({ server, actor: 'alice', token: 'a'.repeat(16) }, '/', {});
  await expect(both).rejects.toMatchObject({
    code: 'invalid',
    message: expect.stringMatching(/--actor alice beside a token/),
  });
  await expect(Promise.resolve().then(() => change({ server, token: 'a\nb' }, '/', {}))).rejects.toMatchObject({
    code: 'invalid',
    message: expect.not.stringMatching(/a\nb/),
  });
  expect(asked).toBe(0);
  await change({ server, actor: 'alice' }, '/', {});
  expect(asked).toBe(1);
});

test('who takes a connection and begins no TLS is waited for once, whatever may be repeated', async () => {
  let taken = 0;
  const port = await listening(
    createRaw((socket) => {
      taken++;
      socket.resume().on('error', () => {});
    }),
  );
  const client = new Client(`https://127.0.0.1:${port}`, null, { connectMs: 200, retryMs: 1 });
  const asked = client.done('GET', '/hsm/v2/groups', undefined, { retries: 5 });
  await expect(asked).rejects.toMatchObject({ code: 'unreachable', message: expect.stringContaining('begins no TLS') });
  expect(taken).toBe(1);
});
