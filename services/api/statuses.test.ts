import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../test/support/fake-api.js';
import { errorRegistry } from './errors.js';
import { apiLimits } from './limits.js';
import { malformed } from './server.js';

let api: FakeApi;
let port: number;
beforeAll(async () => {
  api = await fakeApi();
  port = Number(new URL(await api.app.listen({ port: 0, host: '127.0.0.1' })).port);
});
afterAll(() => api.app.close());

test('docs/operations.md lists every status of a problem, those of the connection too, and which may be sent again', () => {
  const text = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| (\d{3}) \|.*\| (no|yes)\b[^|]*\|$/gm)].map(([, status, again]) => [
    Number(status),
    again,
  ]);
  const ofRegistry = Object.values(errorRegistry).map(({ status, retriable }) => [status, retriable ? 'yes' : 'no']);
  const ofConnection = Object.values(malformed).map(([status]) => [status, status === 408 ? 'yes' : 'no']);
  const all = new Map([...ofConnection, ...ofRegistry].map((row) => [String(row), row]));
  expect(rows).toEqual([...all.values()].sort(([a], [b]) => Number(a) - Number(b)));
});

/**
 * The status of a request whose header has so many bytes, as Node counts them: the path, and what follows the names.
 */
function statusOf(bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const [path, host] = ['/livez', '127.0.0.1'];
    const filling = 'x'.repeat(bytes - `${path}Host${host}X-A`.length);
    const socket = connect(port, host, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nX-A: ${filling}\r\n\r\n`);
    });
    socket.setEncoding('utf8').on('data', (more) => {
      text += more;
      if (text.includes('\r\n\r\n')) socket.destroy();
    });
    socket.once('error', reject).once('close', () => resolve(text.split(' ', 2)[1] ?? ''));
  });
}

test('a header that is larger than the limit is 431', async () => {
  expect(await statusOf(apiLimits.headerBytesMax - 100)).toBe('200');
  expect(await statusOf(apiLimits.headerBytesMax + 100)).toBe('431');
});
