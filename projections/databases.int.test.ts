import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Event, placeOf } from '@holdfast/events';
import { messageSets } from '@holdfast/events/modules';
import { LogError, MemoryLog, nodeRuntime, silentLogger } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { testModules } from '../test/modules.js';
import { decided, GroupWriter } from '../test/support/groups.js';
import { type PostgresServer, postgresMissing, startPostgres } from '../test/support/postgres.js';
import { type Database, databaseError } from './database.js';
import type { MayDrop } from './held-history.js';
import { openPglite } from './pglite.js';
import { openPostgres } from './postgres.js';
import { PostgresReadModel } from './postgres-read-model.js';
import { PostgresStore } from './postgres-store.js';
import { projectionGroups } from './projection-groups.js';
import { Projections } from './projections.js';

const lastsMs = 30_000;

const done = decided('asked.X');
/** Of every module: events that make something, all others but those by which something goes, and these. */
const samples = messageSets
  .filter(({ name }) => name !== 'engine')
  .flatMap(({ samples }) => Object.values(samples.events) as Event[]);
const creating = samples.filter((event) => placeOf(event)!.creates);
const gone = testModules.flatMap(({ rows }): readonly string[] => rows.ending);
const ending = samples.filter(({ type }) => gone.includes(type));
const changing = samples.filter((event) => !creating.includes(event) && !ending.includes(event));

/** A log that has something of every module, and requests. */
async function writtenLog(): Promise<{ log: MemoryLog; writer: GroupWriter }> {
  const log = new MemoryLog({ shard: shardName, runtime: nodeRuntime });
  const writer = new GroupWriter(log);
  await writer.claim();
  await writer.write([...creating, done]);
  await writer.write([...changing, done]);
  await writer.write([done]);
  return { log, writer };
}

/** What every module answers: lists of what there is. */
const answersOf = (model: PostgresReadModel) => Promise.all(testModules.map(({ rows }) => rows.answers(model.present)));

/** A read model that follows a log until the test ends. */
function follow(database: Database, log: MemoryLog) {
  const codec = new GroupWriter(log).codec;
  const projector = new Projections({ log, codec, database, runtime: nodeRuntime, logger: silentLogger });
  onTestFinished(() => projector.close());
  projector.start();
  const model = new PostgresReadModel({ database, status: projector.status, audit: projector.audit });
  const rows = async () => {
    const head = await log.head('events');
    // Both, as requests are answered from the audit projection group, for which a reader waits 2 s: two projectors make
    // way for each other for up to 1 s at a time.
    await Promise.all([model.waitFor(head, lastsMs), projector.audit.waitFor(head, lastsMs)]);
    const requests = await Promise.all(['command 0', 'command 1', 'command 2'].map((id) => model.request(id)));
    return { answers: await answersOf(model), requests };
  };
  return { projector, model, rows };
}

describe('the embedded Postgres', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'holdfast-pglite-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('goes on where it was after a restart; deleted, spoilt, or older than the system, it is made anew with equal rows', async () => {
    const at = join(directory, 'deep', 'read-model');
    const { log } = await writtenLog();
    const reopened = async (meddle: () => Promise<unknown>) => {
      await meddle();
      const database = await openPglite(at, silentLogger);
      const found = await new PostgresStore({ database, shard: log.shard }).load();
      const { projector, rows } = follow(database, log);
      const shown = await rows();
      await projector.close();
      await database.close();
      return { found, shown };
    };
    const first = await reopened(async () => {});
    expect(first.found).toBeNull();
    expect(first.shown.requests.map((request) => request?.events.length)).toEqual([
      creating.length + 1,
      changing.length + 1,
      1,
    ]);
    expect(first.shown.answers.flat()).not.toContainEqual([]);
    const restarted = await reopened(async () => {});
    expect(restarted.found?.read).toBe(await log.head('events'));
    expect(restarted.shown).toEqual(first.shown);

    const spoilt = await reopened(() => spoil(at));
    expect(spoilt).toEqual({ found: null, shown: first.shown });
    const deleted = await reopened(() => rm(at, { recursive: true }));
    expect(deleted).toEqual({ found: null, shown: first.shown });
    const outlived = await reopened(() => writeFile(`${at}.boot`, 'another start of the system'));
    expect(outlived).toEqual({ found: null, shown: first.shown });
  });

  test('where the log is lost, damage, another start of the system and a migration leave it as it is', async () => {
    const at = join(directory, 'kept', 'read-model');
    const { log } = await writtenLog();
    const first = await openPglite(at, silentLogger);
    const { projector, rows } = follow(first, log);
    await rows();
    await projector.close();
    await first.close();
    const told: number[] = [];
    const lost: MayDrop = async (known) => {
      told.push(...known.map(({ read }) => read));
      throw new LogError('lost', 'the log is lost');
    };
    await writeFile(`${at}.boot`, 'another start of the system');
    await expect(openPglite(at, silentLogger, lost)).rejects.toMatchObject({ code: 'lost' });
    expect(new Set(told)).toEqual(new Set([await log.head('events')]));
    await spoil(at);
    await expect(openPglite(at, silentLogger, lost)).rejects.toMatchObject({ code: 'lost' });
    expect(existsSync(join(at, 'global'))).toBe(true);
    // Where nobody knows, it is set aside; where the log is known to hold it, it goes.
    await (await openPglite(at, silentLogger)).close();
    const names = await readdir(join(directory, 'kept'));
    expect(names.filter((name) => name.startsWith('read-model.damaged-'))).toHaveLength(1);
    await spoil(at);
    await (await openPglite(at, silentLogger, async () => true)).close();
    expect((await readdir(join(directory, 'kept'))).filter((name) => !names.includes(name))).toEqual([]);
  });

  test('damage that a reader finds is mended from the log while it serves', async () => {
    const { log } = await writtenLog();
    const database = await openPglite('memory', silentLogger);
    onTestFinished(() => database.close());
    const { model, rows } = follow(database, log);
    const before = await rows();
    for (const table of projectionGroups.status.tables) await database.exec(`DROP TABLE holdfast.${table}`);
    await expect(answersOf(model)).rejects.toMatchObject({ code: 'unavailable' });
    // What was promised before still holds: nobody sees the rows half made.
    let after = null;
    while (after === null)
      after = await rows().catch((error) =>
        ['unavailable', 'being-made'].includes(error.code) ? null : Promise.reject(error),
      );
    expect(after).toEqual(before);
  });
});

/** Overwrites what says which of its files count. */
async function spoil(directory: string): Promise<void> {
  expect(await readdir(directory)).toContain('global');
  await writeFile(join(directory, 'global', 'pg_control'), Buffer.alloc(8_192, 0x5a));
}

const missing = postgresMissing();
describe.skipIf(missing !== null)(`a Postgres server${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.remove());

  test('that goes away is waited for, also by who starts meanwhile', async () => {
    const { log, writer } = await writtenLog();
    const url = await server.database();
    const database = await openPostgres(url, silentLogger);
    onTestFinished(() => database.close());
    const { model, rows } = follow(database, log);
    const before = await rows();
    await server.stop();
    await expect(answersOf(model)).rejects.toMatchObject({ code: 'unavailable' });
    const late = await openPostgres(url, silentLogger);
    onTestFinished(() => late.close());
    const other = follow(late, log);
    await writer.write([...ending, done]);
    await expect(model.waitFor(await log.head('events'), 0)).rejects.toMatchObject({ name: 'ProjectionError' });
    await server.start();
    const after = await rows();
    for (const [n, answers] of after.answers.entries()) expect(answers).not.toEqual(before.answers[n]);
    expect(after.requests).toEqual(before.requests);
    expect(await other.rows()).toEqual(after);
  });

  test('serves two projectors of one shard: each group is applied once', async () => {
    const { log, writer } = await writtenLog();
    const url = await server.database();
    const databases = await Promise.all([openPostgres(url, silentLogger), openPostgres(url, silentLogger)]);
    for (const database of databases) onTestFinished(() => database.close());
    await databases[0]!.exec(`CREATE TABLE seen (command_id text);
      CREATE FUNCTION see() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO seen VALUES (new.command_id); RETURN new; END';
      CREATE TRIGGER see BEFORE INSERT ON holdfast.decision FOR EACH ROW EXECUTE FUNCTION see()`);
    const both = databases.map((database) => follow(database, log));
    for (let n = 0; n < 20; n++) {
      await writer.write([...creating, done]);
      await both[n % 2]!.rows();
    }
    const [counts] = await databases[0]!.query<{ all: number; distinct: number }>(
      'SELECT count(*)::int AS all, count(DISTINCT command_id)::int AS distinct FROM seen',
    );
    expect(counts).toEqual({ all: 23, distinct: 23 });
    expect(await both[0]!.rows()).toEqual(await both[1]!.rows());
  });

  test('that a newer Holdfast migrated is refused, and one with other tables of ours is made anew', async () => {
    const url = await server.database();
    const database = await openPostgres(url, silentLogger);
    onTestFinished(() => database.close());
    await database.exec('UPDATE holdfast.schema_version SET md5 = $$another$$ WHERE version = 1');
    await database.exec('DROP TABLE holdfast.decision');
    const mended = await openPostgres(url, silentLogger);
    onTestFinished(() => mended.close());
    expect(await mended.query('SELECT * FROM holdfast.decision')).toEqual([]);
    // What was there is kept: it might be all that is left of a history.
    const [kept] = await mended.query<{ name: string }>(
      `SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'holdfast_damaged_%'`,
    );
    expect(await mended.query(`SELECT * FROM ${kept?.name}.recorded_event`)).toEqual([]);
    await mended.exec(`INSERT INTO holdfast.schema_version (version, name, md5) VALUES (9999, 'later', 'md5')`);
    await expect(openPostgres(url, silentLogger)).rejects.toMatchObject({ code: 'newer' });
    // To who runs on, its tables may look damaged.
    await expect(mended.renew()).rejects.toMatchObject({ code: 'newer' });
    expect(await mended.query('SELECT * FROM holdfast.decision')).toEqual([]);
    const schemas = `SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'holdfast%' ORDER BY nspname`;
    expect(await mended.query(schemas)).toEqual([{ name: 'holdfast' }, kept]);
  });

  test('is shared by many who start at once', async () => {
    const url = await server.database();
    const all = await Promise.all(Array.from({ length: 4 }, () => openPostgres(url, silentLogger)));
    for (const database of all) onTestFinished(() => database.close());
    for (const database of all) expect(await database.query('SELECT * FROM holdfast.watermark')).toEqual([]);
  });
});

test.each([
  ['08006', 'unavailable'],
  ['57P01', 'unavailable'],
  ['40001', 'unavailable'],
  ['53300', 'unavailable'],
  ['ECONNREFUSED', 'unavailable'],
  ['EPIPE', 'unavailable'],
  ['ENOTFOUND', 'unavailable'],
  ['XX001', 'damaged'],
  ['42P01', 'damaged'],
  ['58P01', 'damaged'],
  ['22P02', 'failed'],
  ['23505', 'failed'],
])('a failure with code %s means that the database is %s', (code, meaning) => {
  expect(databaseError(Object.assign(new Error('test'), { code })).code).toBe(meaning);
});
