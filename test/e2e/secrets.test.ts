import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeRuntime, silentLogger, streamNames } from '@holdfast/log';
import { openKafkaLog } from '@holdfast/log-kafka';
import { openPostgres } from '@holdfast/projections';
import { shardName } from '@holdfast/shard/shard-name';
import { afterEach, expect, test } from 'vitest';
import { testModules } from '../modules.js';
import { kafkaMissing, sharedKafka } from '../support/kafka.js';
import { postgresMissing, startPostgres } from '../support/postgres.js';
import { ServedProcess, scratch } from '../support/service.js';

/** Something that must not hold a secret, as bytes. */
interface Place {
  name: string;
  bytes: Buffer;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** What every module that has secrets makes of them, as a client. */
async function useSecrets(url: string): Promise<{ secrets: string[]; errors: Place; kept: string[] }> {
  const used = [];
  for (const { e2e } of testModules) if (e2e.secrets !== null) used.push(await e2e.secrets.use(url));
  const errors = used.flatMap((one) => one.errors);
  return {
    secrets: used.flatMap((one) => one.secrets),
    errors: { name: 'error answers', bytes: Buffer.from(errors.join('\n')) },
    kept: used.map((one) => one.kept),
  };
}

/** As text in either case, and of a UUID the sixteen bytes behind it. */
function formsOf(secret: string): (string | Buffer)[] {
  const raw = uuid.test(secret) ? [Buffer.from(secret.replaceAll('-', ''), 'hex')] : [];
  return [secret, secret.toUpperCase(), ...raw];
}

function expectNoSecret(secrets: string[], kept: string[], places: Place[]): void {
  expect(secrets).not.toEqual([]);
  const forms = secrets.flatMap(formsOf);
  for (const { name, bytes } of places) {
    for (const form of forms) expect(bytes.includes(form), `a secret in ${name}`).toBe(false);
  }
  // The search would have found them: what else there is of the same requests is there.
  for (const one of kept) expect(places.some(({ bytes }) => bytes.includes(one))).toBe(true);
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

test('embedded: what is secret in bodies is in no log, no table, no log line and no error', async () => {
  const { served, directory } = await serve();
  const { secrets, errors, kept } = await useSecrets(served.url);
  await served.kill('SIGTERM');
  const printed = { name: 'what it printed', bytes: Buffer.from(served.output) };
  expectNoSecret(secrets, kept, [...(await files(directory)), printed, errors]);
}, 60_000);

const missing = kafkaMissing() ?? postgresMissing();
test.skipIf(missing !== null)(
  'on Kafka: what is secret in bodies is in no topic, no table, no log line and no error',
  async () => {
    const [{ brokers, registry }, postgres] = await Promise.all([sharedKafka(), startPostgres()]);
    closers.push(() => postgres.remove());
    const url = await postgres.database();
    const topics = { commands: `commands-secrets-${Date.now()}`, events: `events-secrets-${Date.now()}` };
    const { served, directory } = await serve(
      ...['--kafka', brokers, '--registry', registry!, '--postgres', url],
      ...['--commands-topic', topics.commands, '--events-topic', topics.events],
    );
    const { secrets, errors, kept } = await useSecrets(served.url);
    await served.kill('SIGTERM');
    const printed = { name: 'what it printed', bytes: Buffer.from(served.output) };
    const places = [...(await inTopics(brokers, topics)), ...(await inTables(url)), ...(await files(directory))];
    expectNoSecret(secrets, kept, [...places, printed, errors]);
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
