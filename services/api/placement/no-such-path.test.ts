import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';
import { askRawPath } from '../../../test/support/raw-path.js';

let api: FakeApi;
let port: string;
beforeAll(async () => {
  api = await fakeApi();
  port = new URL(await api.app.listen({ port: 0 })).port;
});
afterAll(() => api.app.close());

const asked = (path: string) => askRawPath(port, path);

test.each(['/placement//usages', '/placement/usages/', '/placement/./usages', '/%70lacement/nosuch'])(
  'an error on %s says what path was looked for',
  async (path) => {
    const [status, body] = await asked(path);
    const shown = path.replace('%70lacement', '(not shown)');
    const detail = `The resource could not be found.\n\n There is no such path: ${shown}  `;
    expect([status, JSON.parse(body).errors[0].detail]).toEqual([404, detail]);
  },
);
