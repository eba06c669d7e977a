import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { Client, ServerError } from './client.js';
import { change } from './commands/server.js';

let server: Server | null = null;
afterEach(() => server?.close());

/** Answers with these statuses, one after the other; keeps what it was asked with. */
async function answering(...statuses: number[]): Promise<{ url: string; asked: IncomingHttpHeaders[] }> {
  const asked: IncomingHttpHeaders[] = [];
  server = createServer((request, response) => {
    asked.push(request.headers);
    const status = statuses.length > 1 ? statuses.shift()! : statuses[0]!;
    if (status === 0) request.socket.destroy();
    else response.writeHead(status, { 'retry-after': '0' }).end('{"detail":"so it is"}');
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

test('a change is sent again under the same key while the server cannot say', async () => {
  const { url, asked } = await answering(503, 0, 200);
  await change({ server: url, reason: 'Wartung ü', actor: 'alice' }, '/', {}, new Client(url, null, { retryMs: 1 }));
  const keys = asked.map((headers) => headers['idempotency-key']);
  expect(keys).toHaveLength(3);
  expect(new Set(keys).size).toBe(1);
  const reason = String(asked[0]!['x-reason']);
  expect(Buffer.from(reason, 'latin1').toString('utf8')).toBe('Wartung ü');
  expect(asked[0]).toMatchObject({ 'x-actor': 'alice' });
});

test('what is refused is not sent again', async () => {
  const { url, asked } = await answering(400);
  await expect(change({ server: url }, '/', {})).rejects.toThrow(/so it is/);
  expect(asked).toHaveLength(1);
});

test('who never learns what became of a change is told how to', async () => {
  const { url } = await answering(503);
  const key = '0192e4a0-5f30-4000-8000-00000000c0de';
  const error = await change(
    { server: url, idempotencyKey: key },
    '/',
    {},
    new Client(url, null, { retryMs: 1 }),
  ).catch((one: ServerError) => one);
  expect(error).toBeInstanceOf(ServerError);
  expect((error as ServerError).code).toBe('unreachable');
  expect((error as ServerError).message).toContain(`--idempotency-key ${key}`);
});

test('a reason of several lines is refused', async () => {
  await expect(change({ server: 'http://127.0.0.1:1', reason: 'a\nb' }, '/', {})).rejects.toThrow(/--reason/);
});
