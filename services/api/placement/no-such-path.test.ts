import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';

let api: FakeApi;
let port: string;
beforeAll(async () => {
  api = await fakeApi();
  port = new URL(await api.app.listen({ port: 0 })).port;
});
afterAll(() => api.app.close());

/** Asks for a path as it is: clients that know of URLs take dots away. */
function asked(path: string): Promise<[status: number | undefined, body: string]> {
  return new Promise((resolve, reject) => {
    request({ port, path, headers: { 'x-auth-token': 'admin' } }, async (answer) => {
      resolve([answer.statusCode, Buffer.concat(await answer.toArray()).toString()]);
    })
      .once('error', reject)
      .end();
  });
}

test.each(['/placement//usages', '/placement/usages/', '/placement/./usages'])(
  'an error on %s says what path was looked for',
  async (path) => {
    const [status, body] = await asked(path);
    const detail = `The resource could not be found.\n\n There is no such path: ${path}  `;
    expect([status, JSON.parse(body).errors[0].detail]).toEqual([404, detail]);
  },
);
