import { randomBytes, randomUUID } from 'node:crypto';
import { copyFile, cp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { holdfast } from '../support/cli.js';
import { generateData } from '../support/generated-data.js';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../support/kafka.js';
import { postgresMissing, startPostgres } from '../support/postgres.js';
import { call, hsm, ServedProcess, scratch } from '../support/service.js';

/* A site with a history is exported, and goes on elsewhere as if nothing had happened. */

const key = { 'idempotency-key': randomUUID() };
let source: Awaited<ReturnType<typeof scratch>>;
let target: Awaited<ReturnType<typeof scratch>>;
let served: ServedProcess | null = null;

beforeEach(async () => {
  source = await scratch();
  target = await scratch();
  await generateData(source.directory, { events: 4_000, components: 200, seed: 5 });
});
afterEach(async () => {
  await served?.kill();
  await source.remove();
  await target.remove();
});

async function serve(args: string[]): Promise<string> {
  served = new ServedProcess(args);
  return (await served.ready()).url;
}

async function stop(): Promise<void> {
  await served?.kill('SIGTERM');
  served = null;
}

interface Component {
  ID: string;
  ExpirationTime?: string;
}

/**
 * All locks and reservations. Leases are longer by the time that nobody could renew (SPEC rule 10), so their ends are
 * left out.
 */
async function status(url: string): Promise<Omit<Component, 'ExpirationTime'>[]> {
  const { body } = await hsm(url, '/locks/status', {});
  return body.Components.map(({ ExpirationTime: _, ...rest }: Component) => rest);
}

/** Past moments, and histories up to `sequence`. */
async function past(url: string, ids: string[], sequence: number): Promise<unknown[]> {
  const ats = [sequence >> 2, sequence >> 1, sequence].map((at) => `/audit/status?at=${at}`);
  const histories = ids.map((id) => `/audit/components/${id}/history?limit=1000&to=${sequence + 1}`);
  const replies = await Promise.all([...ats, ...histories].map((path) => call(url, 'GET', path)));
  expect(new Set(replies.map(({ status: code }) => code))).toEqual(new Set([200]));
  return replies.map(({ body }) => body);
}

/** Moves the site to where `to` says, and goes on there. */
async function move(to: string[], serveThere: string[]): Promise<void> {
  let url = await serve(['--data', source.directory]);
  const free = (await hsm(url, '/locks/status', {})).body.Components.filter(
    (one: { Locked: boolean; Reserved: boolean; ReservationDisabled: boolean }) =>
      !one.Locked && !one.Reserved && !one.ReservationDisabled,
  ).map(({ ID }: Component) => ID);
  const reserve = { ComponentIDs: free.slice(0, 3), ReservationDuration: 15 };
  const reserved = await hsm(url, '/locks/service/reservations', reserve, key);
  expect(reserved.body.Success).toHaveLength(3);
  const before = await status(url);
  const sequence = Number(reserved.headers.get('holdfast-sequence'));
  const pastBefore = await past(url, free.slice(0, 10), sequence);
  await stop();

  const out = join(source.directory, 'export');
  expect(await holdfast(['export', '--data', source.directory, '--out', out])).toMatchObject({ code: 0 });
  const secret = join(target.directory, 'secret');
  const keyless = await holdfast(['import', out, ...to]);
  expect(keyless).toMatchObject({ code: 2, stderr: expect.stringContaining('copy the key secret') });
  await writeFile(secret, randomBytes(32).toString('base64url'));
  const other = await holdfast(['import', out, ...to]);
  expect(other).toMatchObject({ code: 2, stderr: expect.stringContaining('is not the key secret') });
  await copyFile(join(source.directory, 'secret'), secret);
  // As where a site goes on from the directory that it had.
  await cp(join(source.directory, 'snapshots'), join(target.directory, 'snapshots'), { recursive: true });
  const imported = await holdfast(['import', out, ...to]);
  expect(imported).toMatchObject({ code: 0, stdout: expect.stringContaining('snapshots.before-import') });
  const again = await holdfast(['import', out, ...to]);
  expect(again).toMatchObject({ code: 2, stderr: expect.stringContaining('not empty') });
  const seal = await holdfast(['seal', '--data', source.directory]);

  url = await serve(serveThere);
  expect(await status(url)).toEqual(before);
  expect(await past(url, free.slice(0, 10), sequence)).toEqual(pastBefore);
  const repeated = await hsm(url, '/locks/service/reservations', reserve, key);
  expect(repeated.body).toEqual(reserved.body);
  const ReservationKeys = reserved.body.Success.map((one: { ID: string; ReservationKey: string }) => ({
    ID: one.ID,
    Key: one.ReservationKey,
  }));
  const released = await hsm(url, '/locks/service/reservations/release', { ReservationKeys });
  expect(released.body.Counts).toMatchObject({ Success: 3, Failure: 0 });
  // Beside the service, where the log admits that.
  if (!to.includes('--kafka')) await stop();
  const verified = await holdfast(['verify', '--from', seal.stdout, ...serveThere]);
  expect(verified).toMatchObject({ code: 0, stdout: expect.stringContaining('of the read model are as the log says') });
}

test('to another directory', async () => {
  const to = ['--data', target.directory];
  await move(to, to);
}, 120_000);

const missing = kafkaMissing() ?? postgresMissing();
describe.skipIf(missing !== null)(missing ?? 'to Kafka', () => {
  test(
    'in the directory that it had: each step says in a sentence what is to be done, and nothing warns',
    async () => {
      const { brokers, registry } = await sharedKafka();
      const name = randomUUID();
      // Begun by this version, so that the log says what its ids mean.
      const site = join(target.directory, 'site');
      const topics = ['--commands-topic', `commands-${name}`, '--events-topic', `events-${name}`];
      const to = ['--data', site, '--kafka', brokers, '--registry', registry!, ...topics];
      await serve(['--data', site]);
      await stop();
      const early = new ServedProcess(to);
      await expect(early.ready()).rejects.toThrow(
        /^it ended: holdfast: [^\n{]* embedded log [^\n{]*holdfast export and holdfast import[^\n{]*another --data[^\n{]*\n?$/,
      );
      expect(await early.exited).toBe(1);
      const out = join(target.directory, 'export');
      expect(await holdfast(['export', '--data', site, '--out', out])).toMatchObject({ code: 0 });
      expect(await holdfast(['import', out, ...to])).toMatchObject({ code: 0 });
      await serve(to);
      await expect
        .poll(() => served!.output, { timeout: 20_000 })
        .toMatch(
          /^The registry at .* This service goes by the log and needs nothing\. Programs of your own .*SchemasRecorded/m,
        );
      expect(served!.output).not.toMatch(/^\{/m);
    },
    120_000 + kafkaStartMsMax,
  );

  test(
    'and PostgreSQL',
    async () => {
      const [{ brokers, registry }, server] = await Promise.all([sharedKafka(), startPostgres()]);
      const name = randomUUID();
      const to = [
        '--data',
        target.directory,
        '--kafka',
        brokers,
        '--registry',
        registry!,
        '--commands-topic',
        `commands-${name}`,
        '--events-topic',
        `events-${name}`,
      ];
      try {
        await move(to, [...to, '--postgres', await server.database()]);
      } finally {
        await stop();
        await server.remove();
      }
    },
    120_000 + kafkaStartMsMax,
  );
});
