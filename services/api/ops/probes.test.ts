import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { Readiness } from '../settings.js';
import { buildProbes, type ProbeDependencies } from './probes.js';

/** Probes that listen, until the test is over. */
async function listening(changes: Partial<ProbeDependencies> = {}) {
  const logged: object[] = [];
  const log = (level: string) => (details: object, msg: string) => void logged.push({ level, ...details, msg });
  const answered = vi.fn();
  const app = buildProbes({
    ready: () => ({ ready: true, reasons: [] }),
    logger: { info: log('info'), warn: log('warn'), error: log('error') },
    observer: { answered, limitHit() {} },
    ...changes,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0, backlog: 10 });
  onTestFinished(async () => void (await app.close()));
  expect(logged.splice(0)).toEqual([{ level: 'info', msg: `Server listening at ${url}` }]);
  return { app, url, logged, answered, open: () => opened(Number(new URL(url).port)) };
}

/** A connection, and all that comes on it until it ends, without the date. */
function opened(port: number) {
  let text = '';
  const socket = connect(port, '127.0.0.1');
  socket.on('data', (data) => {
    text += data;
  });
  const ended = new Promise<string>((resolve, reject) => {
    socket.on('error', reject).on('close', () => resolve(text.replace(/Date: [^\r]+\r\n/g, '')));
  });
  return { socket, ended };
}

type Probes = Awaited<ReturnType<typeof listening>>;

function sent({ open }: Pick<Probes, 'open'>, first: string, more: string[] = []): Promise<string> {
  const { socket, ended } = open();
  socket.write(`${[`${first} HTTP/1.1`, 'Host: x', 'Connection: close', ...more].join('\r\n')}\r\n\r\n`);
  return ended;
}

function answerOf(status: string, contentType: string, body: string, length = Buffer.byteLength(body)): string {
  const lines = [
    `HTTP/1.1 ${status}`,
    `content-type: ${contentType}`,
    `content-length: ${length}`,
    'Connection: close',
  ];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

const json = 'application/json; charset=utf-8';
const page = { contentType: 'text/plain; version=0.0.4; charset=utf-8', text: async () => 'holdfast_things 3\n' };
const notServed = (method: string, path: string) =>
  answerOf(
    '404 Not Found',
    json,
    `{"message":"Route ${method}:${path} not found","error":"Not Found","statusCode":404}`,
  );

test.each([
  ['GET /livez', answerOf('200 OK', json, '{"live":true}')],
  ['HEAD /livez', answerOf('200 OK', json, '', 13)],
  ['GET /%6Civez?', answerOf('200 OK', json, '{"live":true}')],
  ['GET http://here/livez', answerOf('200 OK', json, '{"live":true}')],
  ['GET /readyz', answerOf('200 OK', json, '{"ready":true,"reasons":[]}')],
  ['GET /metrics', answerOf('200 OK', page.contentType, 'holdfast_things 3\n')],
  ['HEAD /metrics', answerOf('200 OK', page.contentType, '', 18)],
  ['POST /livez', notServed('POST', '/livez')],
  ['PROPFIND /readyz', notServed('PROPFIND', '/readyz')],
  ['GET /livez/', notServed('GET', '/livez/')],
  ['GET /', notServed('GET', '/')],
  ['GET /nothing?bogus=1', notServed('GET', '/nothing?bogus=1')],
  ['GET /%zz', notServed('GET', '/%zz')],
])('%s', async (first, answer) => {
  expect(await sent(await listening({ metrics: page }), first)).toBe(answer);
});

test('a parameter is refused by name, as by the whole api', async () => {
  const detail = 'No parameter of this operation: exclude, verbose; there are none';
  const body = `{"type":"about:blank","title":"Bad Request","detail":"${detail}","status":400}`;
  const refused = answerOf('400 Bad Request', 'application/problem+json', body);
  const probes = await listening();
  for (const path of ['/livez', '/readyz', '/metrics']) {
    expect(await sent(probes, `GET ${path}?exclude=log&verbose&exclude=disk`)).toBe(refused);
  }
});

test('what is not ready says why', async () => {
  let readiness: Readiness = { ready: false, reasons: ['the log is read'] };
  const probes = await listening({ ready: () => readiness });
  const body = '{"ready":false,"reasons":["the log is read"]}';
  expect(await sent(probes, 'GET /readyz')).toBe(answerOf('503 Service Unavailable', json, body));
  readiness = { ready: true, reasons: [] };
  expect(await sent(probes, 'GET /readyz')).toMatch(/^HTTP\/1.1 200 /);
});

test('a body is passed over, and the next request on the connection is answered', async () => {
  const { socket, ended } = (await listening()).open();
  socket.write(
    'POST /livez HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n{"aGET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  const answers = await ended;
  expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 200']);
  expect(answers).toContain('Connection: keep-alive\r\nKeep-Alive: timeout=72\r\n');
});

test('what is no HTTP gets a problem', async () => {
  const { socket, ended } = (await listening()).open();
  socket.write('nothing of the kind\r\n\r\n');
  expect(await ended).toMatch(/^HTTP\/1.1 400 Bad Request\r\nContent-Type: application\/problem\+json\r\n/);
});

test('each request is counted by its route, and logged in one line that has nothing of a path that there is not', async () => {
  const probes = await listening();
  const { logged, answered } = probes;
  const traceparent = 'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
  await sent(probes, 'GET /livez', [traceparent]);
  await sent(probes, 'HEAD /readyz?secret=1');
  await sent(probes, 'GET /secret/livez');
  await sent(probes, 'DELETE /metrics');
  await vi.waitFor(() => expect(logged).toHaveLength(4));
  const line = { level: 'info', address: '127.0.0.1', ms: expect.any(Number), msg: 'request' };
  const trace = '0af7651916cd43dd8448eb211c80319c';
  expect(logged).toEqual([
    { ...line, request: 'req-1', method: 'GET', path: '/livez', status: 200, trace },
    { ...line, request: 'req-2', method: 'HEAD', path: '/readyz', status: 400 },
    { ...line, request: 'req-3', method: 'GET', path: '/(not shown)', status: 404 },
    { ...line, request: 'req-4', method: 'DELETE', path: '/(not shown)', status: 404 },
  ]);
  expect(answered.mock.calls).toEqual([
    ['GET', '/livez', 200],
    ['HEAD', '/readyz', 400],
    ['GET', 'none', 404],
    ['DELETE', 'none', 404],
  ]);
});

test('what cannot be told is a fault of ours: 500, and a line that says why', async () => {
  const text = () => Promise.reject(new Error('no numbers'));
  const probes = await listening({ metrics: { ...page, text } });
  const body = '{"statusCode":500,"error":"Internal Server Error","message":"no numbers"}';
  expect(await sent(probes, 'GET /metrics')).toBe(answerOf('500 Internal Server Error', json, body));
  const { logged, answered } = probes;
  await vi.waitFor(() => expect(logged).toHaveLength(2));
  const req = { method: 'GET', path: '/metrics', address: '127.0.0.1' };
  const fault = { level: 'error', request: 'req-1', req, res: { statusCode: 500 }, msg: 'no numbers' };
  expect(logged[0]).toEqual({ ...fault, err: expect.any(Error) });
  expect(answered.mock.calls).toEqual([['GET', '/metrics', 500]]);
});

/** A page that comes once it is let go. */
function held() {
  let [begun, letGo] = [() => {}, () => {}];
  const asked = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const free = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const text = async () => {
    begun();
    await free;
    return 'at last\n';
  };
  return { asked, letGo: () => letGo(), metrics: { ...page, text } };
}

test('a client that goes before its answer is counted as gone, and nothing else comes of it', async () => {
  const { asked, letGo, metrics } = held();
  const probes = await listening({ metrics });
  const { socket, ended } = probes.open();
  socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked;
  socket.destroy();
  await ended;
  await vi.waitFor(() => expect(probes.answered.mock.calls).toEqual([['GET', '/metrics', 'aborted']]));
  letGo();
  await sleep(20);
  expect(probes.logged).toEqual([expect.objectContaining({ path: '/metrics', status: 'aborted' })]);
});

test('a stop waits for what was asked and for nothing else, and takes no new connection', async () => {
  const { asked, letGo, metrics } = held();
  const { app, open } = await listening({ metrics });
  const idle = open();
  await once(idle.socket, 'connect');
  const busy = open();
  busy.socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  await asked;
  const closed = app.close();
  expect(await idle.ended).toBe('');
  await expect(open().ended).rejects.toThrow('ECONNREFUSED');
  letGo();
  await closed;
  expect(await busy.ended).toContain('at last\n');
});

test('a port that is taken is told as Node has it', async () => {
  const { url } = await listening();
  const another = buildProbes({ ready: () => ({ ready: true, reasons: [] }) });
  const listen = another.listen({ host: '127.0.0.1', port: Number(new URL(url).port), backlog: 10 });
  await expect(listen).rejects.toMatchObject({ code: 'EADDRINUSE', syscall: 'listen' });
  await another.close();
});

test.each([
  ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/],
  ['localhost', /^http:\/\/(127\.0\.0\.1|\[::1\]):\d+$/],
])('of %s, a URL that can be asked from here', async (host, expected) => {
  const app = buildProbes({ ready: () => ({ ready: true, reasons: [] }) });
  const url = await app.listen({ host, port: 0, backlog: 10 });
  expect(url).toMatch(expected);
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  await app.close();
});
