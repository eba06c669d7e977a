import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { freePort } from '../../infra/processes.mjs';
import { generateData } from '../support/generated-data.js';
import { hsm, ServedProcess, scratch } from '../support/service.js';

let data: Awaited<ReturnType<typeof scratch>>;
let running: ServedProcess | null = null;
/** What the service shows before any snapshot exists. */
let expected: unknown;

/** Starts the service, and tells the sequence of the snapshot that it went on from, or null. */
async function serve(): Promise<{ url: string; from: number | null; output(): string }> {
  const served = new ServedProcess(['--data', data.directory], { HOLDFAST_LOG_LEVEL: 'info' });
  running = served;
  await served.ready();
  const from = /"sequence":(\d+)[^\n]*going on from a snapshot/.exec(served.output)?.[1];
  return { url: served.url, from: from === undefined ? null : Number(from), output: () => served.output };
}

async function stop(signal: NodeJS.Signals): Promise<void> {
  await running?.kill(signal);
  running = null;
}

/** Without expiries: where a start takes more than 10 s the leases move with the silence. */
async function status(url: string): Promise<unknown> {
  const { body } = await hsm(url, '/locks/status', {});
  return body.Components.map(({ ExpirationTime: _, ...rest }: { ExpirationTime?: string }) => rest);
}
const snapshots = () => readdir(join(data.directory, 'snapshots'));

beforeAll(async () => {
  data = await scratch();
  await generateData(data.directory, { events: 30_000, components: 500, seed: 1 });
  const { url, from } = await serve();
  expect(from).toBeNull();
  expected = await status(url);
  await stop('SIGTERM');
}, 120_000);
afterEach(() => stop('SIGKILL'));
afterAll(() => data.remove());

test('a stop leaves a snapshot, and the next start goes on from it and shows the same', async () => {
  expect(await snapshots()).toHaveLength(1);
  const { url, from } = await serve();
  expect(from).toBeGreaterThan(29_000);
  expect(await status(url)).toEqual(expected);
});

test('a start goes on from a snapshot when the process was killed, and decides on', async () => {
  const first = await serve();
  const { body } = await hsm(first.url, '/locks/service/reservations', {
    ProcessingModel: 'flexible',
    ReservationDuration: 15,
  });
  await stop('SIGKILL');
  const { url, from } = await serve();
  expect(from).toBeGreaterThan(29_000);
  const keys = body.Success.map(({ ID, ReservationKey: Key }: { ID: string; ReservationKey: string }) => ({ ID, Key }));
  expect(keys.length).toBeGreaterThan(10);
  const released = await hsm(url, '/locks/service/reservations/release', { ReservationKeys: keys });
  expect(released.body.Counts).toMatchObject({ Success: keys.length, Failure: 0 });
  expect(await status(url)).toEqual(expected);
});

test('a damaged snapshot is told, and the log is read instead', async () => {
  const [name] = await snapshots();
  const file = join(data.directory, 'snapshots', name!);
  const bytes = await readFile(file);
  bytes[bytes.length >> 1]! ^= 1;
  await writeFile(file, bytes);
  const { url, from, output } = await serve();
  expect(from).toBeNull();
  expect(output()).toContain('a snapshot cannot be used');
  expect(await status(url)).toEqual(expected);
});

test('missing snapshots are made up for by the log', async () => {
  await rm(join(data.directory, 'snapshots'), { recursive: true });
  const { url, from } = await serve();
  expect(from).toBeNull();
  expect(await status(url)).toEqual(expected);
});

test('told to stop while it reads the log it ends well, and the next start serves', async () => {
  for (const name of ['snapshots', 'read-model']) await rm(join(data.directory, name), { recursive: true });
  const port = await freePort(0);
  const served = new ServedProcess(['--data', data.directory, '--port', String(port)]);
  running = served;
  const ended = served.ready().then(
    () => 'it was ready',
    ({ message }: Error) => message,
  );
  await vi.waitUntil(() => fetch(`http://127.0.0.1:${port}/livez`).catch(() => null), {
    timeout: 20_000,
    interval: 20,
  });
  served.send('SIGTERM');
  expect(await ended).toMatch(/^it ended: Stopping\.\n$/);
  expect(await served.exited).toBe(0);
  expect(await status((await serve()).url)).toEqual(expected);
});
