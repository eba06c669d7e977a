import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, hsm, loadNodes, ServedProcess, scratch, xnames } from '../support/service.js';

const fleet = xnames(20);
let data: Awaited<ReturnType<typeof scratch>>;
let served: ServedProcess;

beforeAll(async () => {
  data = await scratch();
  process.env.HOLDFAST_LOG_LEVEL = 'trace';
  served = await new ServedProcess(['--data', data.directory]).ready();
  await loadNodes(served.url, fleet);
}, 60_000);
afterAll(async () => {
  await served.kill();
  await data.remove();
});

interface Made {
  ID: string;
  ReservationKey: string;
  DeputyKey: string;
}

/** Every file below the directory, as bytes. */
async function files(directory: string): Promise<{ path: string; bytes: Buffer }[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.map(async (path) => ({ path, bytes: await readFile(path) })));
}

test('reservation keys are in no log, no table, no log line and no error', async () => {
  const errors: string[] = [];
  const create = { ComponentIDs: fleet, ReservationDuration: 5 };
  const headers = { 'idempotency-key': 'a3c1f7a0-5b1e-4c57-8b0a-3f2b8a0c1d2e' };
  const { body } = await hsm(served.url, '/locks/service/reservations', create, headers);
  const made: Made[] = body.Success;
  expect(made).toHaveLength(fleet.length);
  // The same answer again, keys included, though they are kept nowhere.
  expect((await hsm(served.url, '/locks/service/reservations', create, headers)).body.Success).toEqual(made);

  const keys = (kind: 'ReservationKey' | 'DeputyKey', list = made) =>
    list.map((one) => ({ ID: one.ID, Key: one[kind] }));
  const attempts: [string, unknown][] = [
    ['/locks/service/reservations/renew', { ReservationKeys: keys('ReservationKey'), ReservationDuration: 5 }],
    ['/locks/service/reservations/renew', { ReservationKeys: keys('DeputyKey'), ReservationDuration: 5 }],
    ['/locks/service/reservations/renew', { ReservationKeys: keys('ReservationKey'), ReservationDuration: 99 }],
    ['/locks/service/reservations/renew', { ReservationKeys: made.map(({ ReservationKey }) => ReservationKey) }],
    ['/locks/service/reservations/check', { DeputyKeys: keys('DeputyKey') }],
    ['/locks/service/reservations/check', { DeputyKeys: made.map((one) => ({ ID: one.DeputyKey, Key: one.ID })) }],
    [
      '/locks/service/reservations/release',
      { ReservationKeys: made.map((one) => ({ ID: 'foo', Key: one.ReservationKey })) },
    ],
    ['/locks/service/reservations/release', { ReservationKeys: made.map((one) => ({ Key: [one.ReservationKey] })) }],
    [
      '/locks/service/reservations/release',
      `{"ReservationKeys":[{"ID":"${fleet[0]}","Key":"${made[0]!.ReservationKey}"`,
    ],
    ['/locks/service/reservations/release', { ReservationKeys: keys('ReservationKey', made.slice(0, 10)) }],
  ];
  for (const [path, sent] of attempts) {
    for (const base of ['/hsm/v2', '']) {
      const { status, body: answer } = await call(served.url, 'POST', base + path, sent);
      expect(status).toBeLessThan(500);
      if (status >= 400) errors.push(JSON.stringify(answer));
    }
  }
  await hsm(served.url, '/locks/status', {});
  await served.kill('SIGTERM');

  const secrets = made.flatMap(({ ReservationKey, DeputyKey }) =>
    [ReservationKey, DeputyKey].map((key) => key.slice(-36)),
  );
  const places = [
    ...(await files(data.directory)),
    { path: 'what it printed', bytes: Buffer.from(served.output) },
    { path: 'error answers', bytes: Buffer.from(errors.join('\n')) },
  ];
  expect(errors.length).toBeGreaterThan(5);
  for (const { path, bytes } of places) {
    // As text in either case, and as the sixteen bytes behind it.
    for (const secret of secrets) {
      const raw = Buffer.from(secret.replaceAll('-', ''), 'hex');
      const found = bytes.includes(secret) || bytes.includes(secret.toUpperCase()) || bytes.includes(raw);
      expect(found, `a key in ${path}`).toBe(false);
    }
  }
  // The search would have found them: the reservations are in the log, by their ids.
  expect(places.some(({ bytes }) => bytes.includes(fleet[0]!))).toBe(true);
}, 60_000);
