import { randomUUID } from 'node:crypto';
import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServiceSettings } from '@holdfast/cli/service';
import { type LogRecord, nodeRuntime, type ShardLog, silentLogger } from '@holdfast/log';
import { openKafkaLog } from '@holdfast/log-kafka';
import { administer } from '@holdfast/log-kafka/fixture';
import { type Database, openPglite, openPostgres } from '@holdfast/projections';
import { shardName, shardPartition } from '@holdfast/shard/shard-name';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { holdfast } from '../support/cli.js';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../support/kafka.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../support/postgres.js';
import { hsm, loadNodes, scratch, serviceFor, xnames } from '../support/service.js';

/*
 * Every way to lose a log: the service stops and says so, nothing that was made from the log is dropped or changed, no
 * new log is begun, and `--accept-lost-log` lets it go on with the old rows kept.
 */

const fleet = xnames(4);
/** What no log has before it is let go of, or nobody locked. */
const late = xnames(5).slice(4);
const caseMsMax = 120_000;
type Settings = Partial<ServiceSettings>;

let server: PostgresServer | null = null;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  server = postgresMissing() === null ? await startPostgres() : null;
});
afterAll(() => server?.remove());
afterEach(async () => {
  for (const undo of cleanUp.splice(0).reverse()) await undo();
});

async function directory(): Promise<string> {
  const made = await scratch();
  cleanUp.push(made.remove);
  return made.directory;
}

/** As an operator's backup has it: the file, and none of the locks beside it. */
async function copyLog(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await cp(join(from, 'log.mdb'), join(to, 'log.mdb'));
}

/** Serves for as long as `work` takes. */
async function serving<T>(settings: Settings, work: (url: string) => Promise<T>): Promise<T> {
  const service = await serviceFor(settings);
  return work(service.url).finally(() => service.close());
}

async function lock(url: string, ids: string[]): Promise<void> {
  expect((await hsm(url, '/locks/lock', { ComponentIDs: ids })).status).toBe(200);
}

/** A site with some history: `between` is called when half of it is there, with the service stopped. */
async function history(settings: Settings, between?: () => Promise<void>): Promise<void> {
  await serving(settings, async (url) => {
    await loadNodes(url, fleet);
    await lock(url, fleet.slice(0, 1));
  });
  if (between === undefined) return;
  await between();
  await serving(settings, (url) => lock(url, fleet.slice(1, 3)));
}

/** Opens the read model as it is; a process would first look whether it may. */
async function onRows<T>({ postgres, data }: Settings, work: (database: Database) => Promise<T>): Promise<T> {
  const database = postgres
    ? await openPostgres(postgres, silentLogger)
    : await openPglite(join(data!, 'read-model'), silentLogger);
  return work(database).finally(() => database.close());
}

/** How many rows of history there are, in this schema. */
const rowsIn = (settings: Settings, schema = 'holdfast') =>
  onRows(settings, async (database) => {
    const [row] = await database.query<{ count: number }>(
      `SELECT count(*)::int AS count FROM ${schema}.recorded_event`,
    );
    return row!.count;
  });

/** What a tool is told of the places. */
function places({ data, postgres, kafka }: Settings): string[] {
  const topics = kafka && ['--commands-topic', kafka.topics.commands, '--events-topic', kafka.topics.events];
  const cluster = kafka ? ['--kafka', kafka.brokers.join(), '--registry', kafka.registry!.url, ...topics!] : [];
  return ['--data', data ?? 'memory', ...cluster, ...(postgres ? ['--postgres', postgres] : [])];
}

/** The names in a directory, but for those of locks, and what an open of the read model leaves. */
const namesIn = async (data: string) =>
  (await readdir(data, { recursive: true })).filter((name) => !/^read-model|^log\/.*lock/.test(name)).sort();

/** It does not start, says why and what to do, and leaves everything. */
async function expectStopped(settings: Settings, rows: number, said: RegExp): Promise<void> {
  const before = await namesIn(settings.data!);
  const error = await serviceFor(settings).then(
    () => new Error('it started'),
    (failed: Error) => failed,
  );
  expect(error.message).toMatch(said);
  expect(error.message).toContain('holdfast rebuild --accept-lost-log');
  expect((await holdfast(['rebuild', ...places(settings)])).code).not.toBe(0);
  expect(await namesIn(settings.data!)).toEqual(before);
  expect(await rowsIn(settings)).toBe(rows);
}

/** It goes on after the operator's word, and the old rows are there. */
async function expectAccepted(settings: Settings, rows: number): Promise<void> {
  const accepted = await holdfast(['rebuild', '--accept-lost-log', ...places(settings)]);
  expect(accepted, accepted.stderr).toMatchObject({ code: 0 });
  const schema = /schema (holdfast_lost_\S+) in/.exec(accepted.stdout)?.[1];
  const kept = /(\S+read-model\.lost-\S+)/.exec(accepted.stdout)?.[1];
  if (schema !== undefined) expect(await rowsIn(settings, schema)).toBe(rows);
  else {
    const database = await openPglite(kept!, silentLogger);
    const [row] = await database.query<{ count: number }>('SELECT count(*)::int AS count FROM holdfast.recorded_event');
    await database.close();
    expect(row!.count).toBe(rows);
  }
  await serving(settings, async (url) => {
    await loadNodes(url, late);
    await lock(url, late);
  });
  const nothing = await holdfast(['rebuild', '--accept-lost-log', ...places(settings)]);
  expect(nothing).toMatchObject({ code: 2, stderr: expect.stringContaining('nothing is lost') });
}

interface Way {
  name: string;
  /** Takes a copy when half of the history is there. */
  older?: true;
  said: RegExp;
  lose(data: string, olderCopy: string): Promise<unknown>;
}

const embeddedWays: Way[] = [
  {
    name: 'the file of the log is gone',
    said: /log\.json knows the log \S+ up to position \d+ .*there is no log in the directory/,
    lose: (data) => rm(join(data, 'log', 'log.mdb')),
  },
  {
    name: 'the directory of the log, and the note of it, are gone',
    said: /knows (a|the) log.*there is no log in the directory/,
    lose: async (data) => {
      await rm(join(data, 'log'), { recursive: true });
      await rm(join(data, 'log.json'));
    },
  },
  {
    name: 'an older copy was put back',
    older: true,
    said: /the log that is there ends at position \d+/,
    lose: async (data, olderCopy) => {
      await rm(join(data, 'log'), { recursive: true });
      await copyLog(olderCopy, join(data, 'log'));
    },
  },
  {
    name: 'an older copy was put back, and was written on meanwhile',
    older: true,
    said: /an older copy of it that was written on/,
    lose: async (data, olderCopy) => {
      const elsewhere = await directory();
      await copyLog(olderCopy, join(elsewhere, 'log'));
      await cp(join(data, 'secret'), join(elsewhere, 'secret'));
      await serving({ data: elsewhere }, async (url) => {
        for (const id of fleet.slice(1)) await lock(url, [id]);
        await hsm(url, '/locks/unlock', { ComponentIDs: fleet });
        await lock(url, fleet);
      });
      await rm(join(data, 'log'), { recursive: true });
      await copyLog(join(elsewhere, 'log'), join(data, 'log'));
    },
  },
  {
    name: 'the log of another site is there',
    said: /is another one/,
    lose: async (data) => {
      const elsewhere = await directory();
      await cp(join(data, 'secret'), join(elsewhere, 'secret'));
      await serving({ data: elsewhere, secretFile: join(elsewhere, 'secret') }, async (url) => {
        await loadNodes(url, xnames(40));
        await lock(url, fleet);
      });
      await rm(join(data, 'log'), { recursive: true });
      await copyLog(join(elsewhere, 'log'), join(data, 'log'));
    },
  },
];

describe.each([
  { place: 'with the embedded read model', missing: null, postgres: async () => null },
  { place: 'with a PostgreSQL server', missing: postgresMissing(), postgres: () => server!.database() },
])('an embedded log $place', ({ missing, postgres }) => {
  test.skipIf(missing !== null).each(embeddedWays)(
    '$name',
    async ({ said, lose, older }) => {
      const data = await directory();
      const olderCopy = join(await directory(), 'log');
      const settings = { data, postgres: await postgres() };
      await history(settings, older && (() => copyLog(join(data, 'log'), olderCopy)));
      const rows = await rowsIn(settings);
      await lose(data, olderCopy);
      await expectStopped(settings, rows, said);
      await expectAccepted(settings, rows);
    },
    caseMsMax,
  );
});

test.skipIf(postgresMissing() !== null)(
  'a directory that is gone as a whole is no first start where a PostgreSQL server has rows, nor where it is away',
  async () => {
    const settings = { data: await directory(), postgres: await server!.database() };
    await history(settings);
    const rows = await rowsIn(settings);
    const empty = { ...settings, data: join(await directory(), 'data') };
    await expect(serviceFor(empty)).rejects.toThrow(/the read model knows the log \S+ .*there is no log/);
    await expect(readdir(empty.data)).rejects.toThrow('ENOENT');
    expect(await rowsIn(settings)).toBe(rows);
    await server!.stop();
    await expect(serviceFor(empty)).rejects.toThrow(/cannot be asked .*Start Postgres first/);
    await server!.start();
  },
  caseMsMax,
);

test('a secret of its own making, alone, says that there was a log; one that is given does not', async () => {
  const data = await directory();
  await history({ data });
  for (const name of await readdir(data)) if (name !== 'secret') await rm(join(data, name), { recursive: true });
  await expect(serviceFor({ data })).rejects.toThrow(/secret, made with a log .*there is no log in the directory/);
  expect(await readdir(data)).toEqual(['secret']);
  await serving({ data, secretFile: join(data, 'secret') }, (url) => loadNodes(url, fleet));
}, 60_000);

test('a log whose read model was deleted is held against the note beside it, also by the tools', async () => {
  const data = await directory();
  const olderCopy = join(await directory(), 'log');
  await history({ data }, () => copyLog(join(data, 'log'), olderCopy));
  await rm(join(data, 'log'), { recursive: true });
  await rm(join(data, 'read-model'), { recursive: true });
  await copyLog(olderCopy, join(data, 'log'));
  await expect(serviceFor({ data })).rejects.toThrow(/log\.json knows the log .* and the log that is there ends at/);
  for (const tool of ['verify', 'seal']) {
    const ran = await holdfast([tool, '--data', data]);
    expect(ran).toMatchObject({ code: 1, stderr: expect.stringContaining('the log is lost') });
  }
}, 60_000);

const kafkaLess = kafkaMissing() ?? postgresMissing();
describe.skipIf(kafkaLess !== null)(`on Kafka${kafkaLess === null ? '' : `: ${kafkaLess}`}`, () => {
  let place: Settings & { kafka: NonNullable<ServiceSettings['kafka']>; data: string };
  let brokers: string;

  async function prepare(): Promise<void> {
    const shared = await sharedKafka();
    brokers = shared.brokers;
    const name = randomUUID();
    const topics = { commands: `commands-${name}`, events: `events-${name}` };
    const kafka = { brokers: [brokers], shards: 1, registry: { url: shared.registry! }, topics };
    place = { kafka, data: await directory(), postgres: await server!.database() };
  }

  const topicNames = () => Object.values(place.kafka.topics);
  const deleteTopics = (topics: string[]) =>
    administer(brokers, async (admin) => {
      await admin.deleteTopics({ topics });
      while ((await admin.listTopics()).some((each) => topics.includes(each)))
        await new Promise((r) => setTimeout(r, 50));
    });
  const open = (topics = place.kafka.topics): Promise<ShardLog> =>
    openKafkaLog({
      brokers: [brokers],
      clientId: 'copier',
      shard: shardName,
      partition: shardPartition,
      topics,
      runtime: nodeRuntime,
      logger: silentLogger,
    });
  async function records(log: ShardLog, stream: 'commands' | 'events'): Promise<LogRecord[]> {
    const tail = log.tail(stream, 0);
    const all: LogRecord[] = [];
    for (const head = await log.head(stream); all.length < head; ) all.push(...(await tail.next())!);
    tail.close();
    return all;
  }

  const ways: { name: string; said: RegExp; lose(): Promise<unknown>; mend?: () => Promise<unknown> }[] = [
    {
      name: 'the topic of events is deleted',
      said: /topic events-\S+: it does not exist, and commands-\S+ does: a part of the log is lost/,
      lose: () => deleteTopics([place.kafka.topics.events]),
      // As the sentence says.
      mend: () => deleteTopics([place.kafka.topics.commands]),
    },
    {
      name: 'the topic of commands is deleted',
      said: /topic commands-\S+: it does not exist, and events-\S+ does: a part of the log is lost/,
      lose: () => deleteTopics([place.kafka.topics.commands]),
      mend: async () => {
        const { commands } = place.kafka.topics;
        await (await open({ commands, events: `spare-${commands}` })).close();
      },
    },
    {
      name: 'both are deleted',
      said: /its topics do not exist, or are empty/,
      lose: () => deleteTopics(topicNames()),
    },
    {
      name: 'both are deleted, and made again empty',
      said: /the log that is there is empty/,
      lose: async () => {
        await deleteTopics(topicNames());
        await (await open()).close();
      },
    },
    {
      name: 'a shorter copy is there',
      said: /the log that is there ends at position 9/,
      lose: async () => {
        const log = await open();
        const [commands, events] = [await records(log, 'commands'), await records(log, 'events')];
        await log.close();
        await deleteTopics(topicNames());
        const copy = await open();
        await copy.append('commands', commands);
        await copy.append('events', events.slice(0, 9));
        await copy.close();
      },
    },
    {
      name: 'the log of another site is there',
      said: /is another one/,
      lose: async () => {
        const elsewhere = { ...place, data: await directory(), postgres: await server!.database() };
        const topics = { commands: `commands-${randomUUID()}`, events: `events-${randomUUID()}` };
        const there = { ...elsewhere, kafka: { ...place.kafka, topics }, secretFile: join(place.data, 'secret') };
        await serving(there, async (url) => {
          await loadNodes(url, xnames(40));
          await lock(url, fleet);
        });
        place.kafka.topics = topics;
      },
    },
  ];

  test.each(ways)(
    '$name',
    async ({ said, lose, mend }) => {
      await prepare();
      await history(place);
      const rows = await rowsIn(place);
      await lose();
      await expectStopped(place, rows, said);
      // A processor that keeps nothing, and only knows where the read model is.
      const processor = { ...place, data: await directory(), secretFile: join(place.data, 'secret') };
      if (mend === undefined && !/ends at|another/.test(said.source)) {
        await expect(serviceFor({ ...processor, roles: ['processor'] })).rejects.toThrow('the log is lost');
      }
      await mend?.();
      await expectAccepted(place, rows);
    },
    caseMsMax + kafkaStartMsMax,
  );
});
