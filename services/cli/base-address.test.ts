import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documents } from '../../test/support/described.js';
import { type FakeApi, fakeApi } from '../../test/support/fake-api.js';
import { Client } from './client.js';
import './modules.js';
import { ownPaths as known } from './own-paths.js';

/* --server with a base address that ends in a path of the API itself. */

const ownPaths = known().map(({ path }) => path);
let api: FakeApi;
let address: string;
beforeAll(async () => {
  api = await fakeApi();
  address = await api.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(() => api.app.close());

const asks: [string, (client: Client) => Promise<unknown>][] = [
  ['a read', (client) => client.done('POST', '/v1/locks/status', {})],
  ['the audit', (client) => client.done('GET', '/audit/holders')],
  ['a stream', (client) => client.lines('/audit/events')],
  ['the inventory', (client) => client.done('GET', '/hsm/v2/groups')],
  ['a change of the level', (client) => client.done('POST', '/admin/level', { Level: 4 })],
];

test.each(ownPaths.flatMap((own) => [own, `${own}/`, `${own}//`].map((path) => [own, path] as const)))(
  '%s, as in %s, is told to be left out',
  async (own, path) => {
    for (const [what, ask] of asks) {
      const error = await ask(new Client(address + path, null)).catch((thrown: unknown) => thrown);
      const [code, message] = [
        'invalid',
        expect.stringContaining(`--server ${address}, not ${address}${own}: ${own} is`),
      ];
      expect([what, error]).toEqual([what, expect.objectContaining({ code, message })]);
    }
  },
);

test('every base path of a document is known as one', () => {
  const bases = documents.flatMap(([, basePaths]) => basePaths).filter((base) => base !== '');
  expect(ownPaths).toEqual(expect.arrayContaining(bases));
  // The longest that fits is to be left out.
  for (const [n, own] of ownPaths.entries()) {
    expect(ownPaths.slice(n + 1).filter((later) => later.endsWith(own))).toEqual([]);
  }
});

test('what is not there behind a proxy that has such a path is told as it is', async () => {
  const proxy: Server = createServer((_, response) =>
    response.writeHead(404).end('{"detail":"The log has nothing on x0"}'),
  );
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const client = new Client(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}/hsm/v2`, null);
  const [code, message] = ['refused', 'GET /audit/holders: 404 The log has nothing on x0'];
  await expect(client.done('GET', '/audit/holders').finally(() => proxy.close())).rejects.toMatchObject({
    code,
    message,
  });
});
