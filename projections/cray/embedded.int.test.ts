import { mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Logger, silentLogger } from '@holdfast/log';
import { expect, onTestFinished, test, vi } from 'vitest';
import { progressOf } from '../../test/support/databases.js';
import type { Database } from '../database.js';
import type { HouseLimits } from '../house/plan.js';
import { projectionLimits } from '../limits.js';
import { openPglite } from '../pglite.js';
import { PgliteThread } from '../pglite-thread.js';
import { PostgresReadModel } from '../postgres-read-model.js';

const { house } = projectionLimits;
const megabyte = 1024 * 1024;
/** Nothing is done by itself. */
const atRest: HouseLimits = { ...house, idleMs: 3_600_000 };
/** Each thing as soon as there is a little to do. */
const eager: HouseLimits = {
  ...house,
  ...{ walBytesMin: megabyte, walBytesMax: megabyte, lookRows: 100, idleMs: 1, retryMsMin: 1, retryMsMax: 1 },
  ...{ vacuumRowsMin: 500, vacuumRowsMax: 500 },
};

async function place(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-house-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return join(directory, 'read-model');
}

async function opened(directory: string, limits: HouseLimits = house, logger: Logger = silentLogger) {
  const starts = vi.spyOn(PgliteThread, 'start');
  const database = await openPglite(directory, logger, async () => true, limits);
  const thread = await (starts.mock.results.at(-1)!.value as Promise<PgliteThread>);
  starts.mockRestore();
  onTestFinished(() => database.close());
  return { database, kill: () => thread.terminate() };
}

/** A fleet as the projector writes it, in the shard `s`. */
async function fleet(database: Database, components: number): Promise<void> {
  await database.query(
    `INSERT INTO holdfast.component (shard, xname, ord, type, state, flag, enabled, software_status, role, sub_role, nid, subtype, arch, class, properties)
      SELECT 's', 'x' || n, lpad(n::text, 20, '0'), 'node', 'ready', 'ok', 'true', '', 'compute', '', n::text, '', 'x86', 'river',
        json_build_object('type', 'Node', 'nid', n) FROM generate_series(1, $1::int) n`,
    [components],
  );
  await database.query(
    `INSERT INTO holdfast.watermark (shard, family, log, version, read, resume, checkpoint)
      SELECT 's', family, 'log', 1, 1, 0, '{}' FROM unnest('{status,audit}'::text[]) family ON CONFLICT DO NOTHING`,
  );
}

const lockAll = (database: Database) =>
  database.query(
    'UPDATE holdfast.component SET locked = NOT locked, lock_token = CASE WHEN locked THEN NULL ELSE 1 END',
  );
const lsn = async (database: Database) => {
  const sql = `SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::float8 AS at`;
  return (await database.query<{ at: number }>(sql))[0]!.at;
};
/** Where the next start begins to read what was written ahead: in `pg_control`, as PostgreSQL 18 lays it out. */
async function redoIn(directory: string): Promise<number> {
  const control = await readFile(join(directory, 'global', 'pg_control'));
  return Number(control.readBigUInt64LE(40));
}
function noneIfGone(error: NodeJS.ErrnoException): number {
  if (error.code === 'ENOENT') return 0;
  throw error;
}
async function walBytes(directory: string): Promise<number> {
  const wal = join(directory, 'pg_wal');
  // One that was removed meanwhile has none.
  const sizeOf = (name: string) => stat(join(wal, name)).then(({ size }) => size, noneIfGone);
  const sizes = (await readdir(wal)).map(sizeOf);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
const statistics = async (database: Database, table = 'component') => {
  const sql = `SELECT count(*)::int AS columns FROM pg_stats WHERE schemaname = 'holdfast' AND tablename = $1`;
  return (await database.query<{ columns: number }>(sql, [table]))[0]!.columns;
};
const bytesOfTable = `SELECT pg_relation_size('holdfast.component')::int AS bytes`;
/** The plan of what the read model asks for the status of these. */
async function planOf(database: Database, ids: string[]): Promise<string> {
  let plan = '';
  const explaining: Database = {
    ...{ embedded: true, exclusively: vi.fn(), transaction: vi.fn(), exec: vi.fn(), renew: vi.fn(), close: vi.fn() },
    async query<Row>(sql: string, values: readonly (string | number | boolean | null)[] = []) {
      const lines = await database.query<Record<string, string>>(`EXPLAIN ${sql}`, values);
      plan = lines.map((line) => line['QUERY PLAN']).join('\n');
      return database.query<Row>(sql, values);
    },
  };
  const progress = progressOf('s', { read: 1, stored: 1 });
  const model = new PostgresReadModel({ database: explaining, status: progress, audit: progress });
  expect((await model.present.cray.status({ ids, criteria: [] })).components).toHaveLength(ids.length);
  return plan;
}

test('however much is updated without a pause, what is written ahead stays bounded, and a start after a kill has little to read again', async () => {
  const directory = await place();
  const { database, kill } = await opened(directory);
  await fleet(database, 5_000);
  let [largest, end] = [0, 0];
  while (end < 200 * megabyte) {
    const before = end;
    await lockAll(database);
    end = await lsn(database);
    // As much again may come from when it was looked at until the engine is free.
    const toRead = end - (await redoIn(directory));
    expect(toRead).toBeLessThan(house.walBytesMax + 4 * (end - before) + 4 * megabyte);
    largest = Math.max(largest, await walBytes(directory));
  }
  expect(largest).toBeLessThan(house.walBytesMax + house.walKeptMb * megabyte);
  await kill();
  const again = await opened(directory);
  const [row] = await again.database.query<{ n: number }>('SELECT count(*)::int AS n FROM holdfast.component');
  expect(row?.n).toBe(5_000);
}, 240_000);

test('a close leaves nothing to read again', async () => {
  const directory = await place();
  const { database } = await opened(directory, atRest);
  await fleet(database, 5_000);
  const written = await lsn(database);
  expect(written - (await redoIn(directory))).toBeGreaterThan(megabyte);
  await database.close();
  expect(await redoIn(directory)).toBeGreaterThanOrEqual(written);
});

test('the status of one is looked up, and that of a fleet is not looked up one by one, with statistics and without', async () => {
  const { database } = await opened(await place(), atRest);
  await fleet(database, 20_000);
  const all = Array.from({ length: 5_000 }, (_, n) => `x${n + 1}`);
  for (const analyzed of [false, true]) {
    if (analyzed) await database.exec('ANALYZE holdfast.component');
    expect(await planOf(database, ['x77'])).toMatch(/Nested Loop.*\n(.*\n)*.*Index Scan using component_pkey/);
    const whole = await planOf(database, all);
    expect(whole).toMatch(/Hash .*Join/);
    expect(whole).not.toMatch(/Nested Loop/);
  }
});

test('what came in is analyzed when nothing else is asked, and statistics outlive a start', async () => {
  const directory = await place();
  const { database } = await opened(directory);
  await fleet(database, house.analyzeRowsMin);
  await vi.waitFor(async () => expect(await statistics(database)).toBeGreaterThan(10), 20_000);
  await database.close();
  const again = await opened(directory, atRest);
  expect(await statistics(again.database)).toBeGreaterThan(10);
});

test('what was counted before a start that nobody expected is begun anew from the tables themselves', async () => {
  const directory = await place();
  const first = await opened(directory, atRest);
  await fleet(first.database, 2_000);
  expect(await statistics(first.database)).toBe(0);
  await first.kill();
  const second = await opened(directory);
  await vi.waitFor(async () => expect(await statistics(second.database)).toBeGreaterThan(10), 20_000);
  // Half as many again, unknown to the next one.
  await second.database.close();
  const third = await opened(directory, atRest);
  const more = await third.database.query(
    `INSERT INTO holdfast.component SELECT shard, xname || 'n' || n, ord, locked, disabled, reservation_id, kind, created_at, expires_at,
      deputy_key_hash, type, state, flag, enabled, software_status, role, sub_role, nid, subtype, arch, class, properties
      FROM holdfast.component CROSS JOIN generate_series(1, 2) n`,
  );
  expect(more).toEqual([]);
  await third.kill();
  const fourth = await opened(directory);
  const rows = async () => {
    const sql = `SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = 'holdfast.component'::regclass`;
    return (await fourth.database.query<{ rows: number }>(sql))[0]!.rows;
  };
  await vi.waitFor(async () => expect(await rows()).toBeGreaterThan(5_000), 20_000);
});

test('rows that are changed in place, without a pause or with one, are swept and not analyzed again, until the table grows', async () => {
  const { database } = await opened(await place());
  await fleet(database, 5_000);
  const { done } = database.house!;
  await vi.waitFor(async () => expect(await statistics(database)).toBeGreaterThan(10), 20_000);
  await vi.waitFor(() => expect(done.vacuumedAt).not.toBeNull(), 20_000);
  const { analyzedAt } = done;
  const [size] = await database.query<{ bytes: number }>(bytesOfTable);
  for (let n = 0; n < 40; n++) {
    await lockAll(database);
    if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 5 * house.idleMs));
  }
  await vi.waitFor(() => expect(done.vacuumedAt).toBeGreaterThan(analyzedAt!), 20_000);
  expect(done.analyzedAt).toBe(analyzedAt);
  const [after] = await database.query<{ bytes: number }>(bytesOfTable);
  // Room for what was changed until it was swept, however often that was.
  expect(after!.bytes).toBeLessThan(3 * size!.bytes);
  await database.query(`UPDATE holdfast.component SET xname = 'old' || xname`);
  await fleet(database, 2_500);
  await vi.waitFor(() => expect(done.analyzedAt).toBeGreaterThan(analyzedAt!), 20_000);
}, 60_000);

test('rows that were replaced are vacuumed by our own count', async () => {
  const { database } = await opened(await place(), eager);
  await fleet(database, 1_000);
  await database.exec('DELETE FROM holdfast.component');
  const pages = async () => (await database.query<{ bytes: number }>(bytesOfTable))[0]!.bytes;
  // Only a vacuum gives pages back.
  await vi.waitFor(async () => expect(await pages()).toBe(0), 20_000);
});

test('an engine that dies within any of it, wherever it is, keeps all that was committed', async () => {
  const directory = await place();
  let { database, kill } = await opened(directory, atRest);
  await fleet(database, 2_000);
  for (const [turns, statement] of [
    [0, 'CHECKPOINT'],
    [20, 'VACUUM (FREEZE) holdfast.component'],
    [60, 'VACUUM (FREEZE) holdfast.component'],
    [5, 'ANALYZE holdfast.component'],
    [100, 'CHECKPOINT'],
  ] as const) {
    await lockAll(database);
    const locked = await database.query('SELECT xname, locked FROM holdfast.component ORDER BY xname');
    const doing = database.exec(statement).catch(() => {});
    for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
    await kill();
    await doing;
    ({ database, kill } = await opened(directory, atRest));
    expect(await database.query('SELECT xname, locked FROM holdfast.component ORDER BY xname')).toEqual(locked);
  }
}, 120_000);

test('a disk that fails it is tried again later, and what is asked meanwhile is answered once there is one', async () => {
  const directory = await place();
  const warn = vi.fn();
  const { database } = await opened(directory, eager, { ...silentLogger, warn });
  await fleet(database, 1_000);
  // Its files are open; a checkpoint opens what is missing.
  const commits = join(directory, 'pg_xact');
  await rename(commits, `${commits}-away`);
  const told = () => warn.mock.calls.map(([, message]) => String(message)).join('\n');
  await vi.waitFor(async () => {
    await lockAll(database).catch(() => {});
    expect(told()).toMatch(/could not be kept in order|ended by itself/);
  }, 20_000);
  await rename(`${commits}-away`, commits);
  await vi.waitFor(async () => {
    await lockAll(database);
    expect(database.house?.done.checkpointAt).not.toBeNull();
    expect(await lsn(database)).toBeLessThan((await redoIn(directory)) + 4 * megabyte);
  }, 30_000);
}, 90_000);

test('a close that hangs ends the engine as it is', async () => {
  const { database } = await opened(await place(), { ...house, closeMsMax: 100 });
  const asked = database.query('SELECT count(*) FROM generate_series(1, 300000000)').catch((error: unknown) => error);
  await database.close();
  expect(await asked).toMatchObject({ code: 'unavailable' });
});

test('one whose transaction ids come to their end is made anew', async () => {
  const directory = await place();
  const { database } = await opened(directory, { ...atRest, transactionsMax: 300 });
  for (let n = 0; n < 300; n++) await database.exec('CREATE TABLE IF NOT EXISTS t (n int); INSERT INTO t VALUES (1)');
  await database.close();
  const again = await opened(directory, { ...atRest, transactionsMax: 300 });
  await expect(again.database.query('SELECT 1')).rejects.toMatchObject({ code: 'damaged' });
  await again.database.renew();
  expect(await again.database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
