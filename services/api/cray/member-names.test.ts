import { afterAll, beforeAll, expect, test } from 'vitest';
import { type FakeApi, fakeApi } from '../../../test/support/fake-api.js';

/* A member that comes twice in an object is refused, in each of the operations that take one. */

let api: FakeApi;
beforeAll(async () => {
  api = await fakeApi();
});
afterAll(() => api.app.close());

const ids = '"ComponentIDs":["x0c0s0b0n0"]';
const calls: [method: string, path: string, body: string, named: RegExp][] = [
  ...['/hsm/v2', '/apis/smd/hsm/v2'].flatMap((base): [string, string, string, RegExp][] => [
    ['POST', `${base}/locks/lock`, `{${ids},${ids}}`, /member ComponentIDs/],
    ['POST', `${base}/locks/lock`, '{"Role":["Management"],"role":["Compute"]}', /body\/Role is given more than once/],
    ['POST', `${base}/locks/lock`, '{"role":null,"Role":["Compute"]}', /body\/Role is given more than once/],
    ['POST', `${base}/locks/lock`, '{"Role":["Compute"],"ROLE":null}', /body\/Role is given more than once/],
    [
      'POST',
      `${base}/locks/service/reservations/renew`,
      '{"ReservationKeys":[{"ID":"x0c0s0b0n0","Key":"a","Key":"b"}]}',
      /member Key/,
    ],
    [
      'POST',
      `${base}/locks/service/reservations/renew`,
      '{"ReservationKeys":[{"ID":"x0c0s0b0n0","Key":"a","key":"b"}]}',
      /body\/ReservationKeys\/0\/Key is given/,
    ],
    [
      'POST',
      `${base}/State/Components`,
      '{"Components":[{"ID":"x0c0s0b0n0","State":"On","State":"Off"}]}',
      /member State/,
    ],
    ['POST', `${base}/groups`, '{"label":"blue","members":{"ids":[],"ids":["x0c0s0b0n0"]}}', /member ids/],
  ]),
  ...['', '/v1', '/apis/ifs/v1'].flatMap((base): [string, string, string, RegExp][] => [
    ['PATCH', `${base}/locks/lock`, `{${ids},${ids}}`, /member ComponentIDs/],
    ['PATCH', `${base}/locks/lock`, '{"Role":["Management"],"role":["Compute"]}', /body\/Role is given more than once/],
    [
      'POST',
      `${base}/locks/service/reservations`,
      `{${ids},"ReservationDuration":5,"ReservationDuration":1}`,
      /member ReservationDuration/,
    ],
  ]),
];

test.each(calls)('%s %s %s', async (method, path, body, named) => {
  const answer = await api.inject({ method, path, body });
  expect([answer.status, JSON.parse(answer.text).detail]).toEqual([400, expect.stringMatching(named)]);
  expect(api.gateway.submissions).toEqual([]);
});

test.each(calls.map(([method, path]) => [method, path] as const))(
  '%s %s with a body that is compressed is 415, and the word says what to do',
  async (method, path) => {
    const compressed = { 'content-encoding': 'gzip' };
    const answer = await api.inject({ method, path, body: '{}', headers: compressed });
    const said = JSON.parse(answer.text).detail;
    expect([answer.status, said]).toEqual([415, expect.stringMatching(/Content-Encoding.*not compressed/)]);
    expect(api.gateway.submissions).toEqual([]);
  },
);
