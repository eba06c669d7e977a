import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeRuntime, silentLogger, streamNames } from '@holdfast/log';
import { openKafkaLog } from '@holdfast/log-kafka';
import { openPostgres } from '@holdfast/projections';
import { shardName } from '@holdfast/shard/shard-name';
import { afterEach, expect, test } from 'vitest';
import { kafkaMissing, sharedKafka } from '../support/kafka.js';
import { postgresMissing, startPostgres } from '../support/postgres.js';
import { call, hsm, loadNodes, ServedProcess, scratch, xnames } from '../support/service.js';

/** Something that must not hold a key, as bytes. */
interface Place {
  name: string;
  bytes: Buffer;
}
interface Made {
  ID: string;
  ReservationKey: string;
  DeputyKey: string;
}

const fleet = xnames(20);
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Every operation with keys, right and wrong, in both dialects. Gives the keys, and what the errors said. */
async function useKeys(url: string): Promise<{ secrets: string[]; errors: Place }> {
  await loadNodes(url, fleet);
  const create = { ComponentIDs: fleet, ReservationDuration: 5 };
  const headers = { 'idempotency-key': 'a3c1f7a0-5b1e-4c57-8b0a-3f2b8a0c1d2e' };
  const made: Made[] = (await hsm(url, '/locks/service/reservations', create, headers)).body.Success;
  expect(made).toHaveLength(fleet.length);
  // The same answer again, keys included, though they are kept nowhere.
  expect((await hsm(url, '/locks/service/reservations', create, headers)).body.Success).toEqual(made);

  const keys = (kind: 'ReservationKey' | 'DeputyKey', list = made) =>
    list.map((one) => ({ ID: one.ID, Key: one[kind] }));
  const attempts: [string, unknown][] = [
    ['renew', { ReservationKeys: keys('ReservationKey'), ReservationDuration: 5 }],
    ['renew', { ReservationKeys: keys('DeputyKey'), ReservationDuration: 5 }],
    ['renew', { ReservationKeys: keys('ReservationKey'), ReservationDuration: 99 }],
    ['renew', { ReservationKeys: made.map(({ ReservationKey }) => ReservationKey) }],
    ['check', { DeputyKeys: keys('DeputyKey') }],
    ['check', { DeputyKeys: made.map((one) => ({ ID: one.DeputyKey, Key: one.ID })) }],
    ['release', { ReservationKeys: made.map((one) => ({ ID: 'foo', Key: one.ReservationKey })) }],
    ['release', { ReservationKeys: made.map((one) => ({ Key: [one.ReservationKey] })) }],
    ['release', `{"ReservationKeys":[{"ID":"${fleet[0]}","Key":"${made[0]!.ReservationKey}"`],
    ['release', { ReservationKeys: keys('ReservationKey', made.slice(0, 10)) }],
  ];
  const errors: string[] = [];
  for (const [operation, sent] of attempts) {
    for (const base of ['/hsm/v2', '']) {
      const { status, body } = await call(url, 'POST', `${base}/locks/service/reservations/${operation}`, sent);
      expect(status).toBeLessThan(500);
      if (status >= 400) errors.push(JSON.stringify(body));
    }
  }
  await hsm(url, '/locks/status', {});
  expect(errors.length).toBeGreaterThan(5);
  const secrets = made.flatMap(({ ReservationKey, DeputyKey }) => [ReservationKey.slice(-36), DeputyKey.slice(-36)]);
  return { secrets, errors: { name: 'error answers', bytes: Buffer.from(errors.join('\n')) } };
}

function expectNoKey(secrets: string[], places: Place[]): void {
  for (const { name, bytes } of places) {
    for (const secret of secrets) {
      // As text in either case, and as the sixteen bytes behind it.
      const raw = Buffer.from(secret.replaceAll('-', ''), 'hex');
      const found = bytes.includes(secret) || bytes.includes(secret.toUpperCase()) || bytes.includes(raw);
      expect(found, `a key in ${name}`).toBe(false);
    }
  }
  // The search would have found them: what was reserved is there.
  expect(places.some(({ bytes }) => bytes.includes(fleet[0]!))).toBe(true);
}

async function serve(...args: string[]): Promise<{ served: ServedProcess; directory: string }> {
  const { directory, remove } = await scratch();
  closers.push(remove);
  const served = new ServedProcess(['--data', directory, ...args], { HOLDFAST_LOG_LEVEL: 'trace' });
  closers.push(() => served.kill());
  await served.ready();
  return { served, directory };
}

async function files(directory: string): Promise<Place[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.map(async (name) => ({ name, bytes: await readFile(name) })));
}

test('embedded: keys are in no log, no table, no log line and no error', async () => {
  const { served, directory } = await serve();
  const { secrets, errors } = await useKeys(served.url);
  await served.kill('SIGTERM');
  const printed = { name: 'what it printed', bytes: Buffer.from(served.output) };
  expectNoKey(secrets, [...(await files(directory)), printed, errors]);
}, 60_000);

const missing = kafkaMissing() ?? postgresMissing();
test.skipIf(missing !== null)(
  'on Kafka: keys are in no topic, no table, no log line and no error',
  async () => {
    const [{ brokers, registry }, postgres] = await Promise.all([sharedKafka(), startPostgres()]);
    closers.push(() => postgres.remove());
    const url = await postgres.database();
    const topics = { commands: `commands-secrets-${Date.now()}`, events: `events-secrets-${Date.now()}` };
    const { served, directory } = await serve(
      ...['--kafka', brokers, '--registry', registry!, '--postgres', url],
      ...['--commands-topic', topics.commands, '--events-topic', topics.events],
    );
    const { secrets, errors } = await useKeys(served.url);
    await served.kill('SIGTERM');
    const printed = { name: 'what it printed', bytes: Buffer.from(served.output) };
    const places = [...(await inTopics(brokers, topics)), ...(await inTables(url)), ...(await files(directory))];
    expectNoKey(secrets, [...places, printed, errors]);
  },
  120_000,
);

async function inTopics(brokers: string, topics: { commands: string; events: string }): Promise<Place[]> {
  const log = await openKafkaLog({
    ...{ brokers: [brokers], clientId: 'test', shard: shardName, partition: 0, topics },
    runtime: nodeRuntime,
    logger: silentLogger,
  });
  closers.push(() => log.close());
  const places: Place[] = [];
  for (const stream of streamNames) {
    const tail = log.tail(stream, 0);
    const head = await log.head(stream);
    for (let read = 0; read < head; ) {
      for (const { position, key, value } of (await tail.next()) ?? []) {
        places.push({ name: `${stream} ${position}`, bytes: Buffer.concat([Buffer.from(key), value]) });
        read = position + 1;
      }
    }
    tail.close();
    expect(head).toBeGreaterThan(10);
  }
  return places;
}

async function inTables(url: string): Promise<Place[]> {
  const database = await openPostgres(url, silentLogger);
  closers.push(() => database.close());
  const tables = await database.query<{ name: string }>(
    "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'holdfast'",
    [],
  );
  expect(tables.length).toBeGreaterThan(3);
  return Promise.all(
    tables.map(async ({ name }) => {
      const rows = await database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`, []);
      return { name, bytes: Buffer.from(rows.map(({ row }) => row).join('\n')) };
    }),
  );
}
