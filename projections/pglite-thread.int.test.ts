import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLogger } from '@holdfast/log';
import { expect, onTestFinished, test, vi } from 'vitest';
import { nicenessesOf } from '../test/support/threads.js';
import { DatabaseError } from './database.js';
import { projectionLimits } from './limits.js';
import { openPglite } from './pglite.js';
import { PgliteThread } from './pglite-thread.js';

async function started(directory: string | null = null) {
  const thread = await PgliteThread.start(directory);
  onTestFinished(() => thread.close().catch(() => {}));
  return thread;
}

test.skipIf(process.platform !== 'linux')('its thread, and no other, comes after the event loop', async () => {
  const before = nicenessesOf(process.pid);
  await started();
  const after = [...nicenessesOf(process.pid)];
  expect(after.filter(([id]) => before.has(id))).toEqual([...before]);
  const own = before.get(String(process.pid))! + projectionLimits.embeddedNiceness;
  expect(after.filter(([id, niceness]) => !before.has(id) && niceness === own)).toHaveLength(1);
});

test('a statement, however long, holds up its own thread only', async () => {
  const thread = await started();
  let over = false;
  const long = thread.query('SELECT count(*) FROM generate_series(1, 3000000)').then(() => {
    over = true;
  });
  let turns = 0;
  while (!over) {
    turns++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await long;
  // Run by the loop itself, it would have been over in the first turn.
  expect(turns).toBeGreaterThan(100);
});

test('many rows come in pieces, between which the event loop turns, in order and none twice', async () => {
  const thread = await started();
  let [turns, over] = [0, false];
  const count = () => {
    turns++;
    if (!over) setImmediate(count);
  };
  count();
  const { rows } = await thread.query<{ n: number }>('SELECT n FROM generate_series(1, 25000) AS n');
  over = true;
  expect(turns).toBeGreaterThan(20);
  expect(rows.map(({ n }) => n)).toEqual(Array.from({ length: 25_000 }, (_, n) => n + 1));
  expect((await thread.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
});

test('a transaction is one of its own: others wait, what failed is undone, and errors keep their code', async () => {
  const thread = await started();
  await thread.exec('CREATE TABLE t (n int PRIMARY KEY)');
  const seen: unknown[] = [];
  let other: Promise<unknown> = Promise.resolve();
  await thread.transaction(async (tx) => {
    await tx.query('INSERT INTO t VALUES ($1)', [1]);
    other = thread.query('SELECT n FROM t').then(({ rows }) => seen.push(...rows));
    await tx.query('INSERT INTO t VALUES ($1)', [2]);
    expect(seen).toEqual([]);
  });
  await other;
  expect(seen).toEqual([{ n: 1 }, { n: 2 }]);
  await expect(thread.transaction((tx) => tx.query('INSERT INTO t VALUES (3), (1)'))).rejects.toMatchObject({
    code: '23505',
  });
  const own = new Error('of the work');
  await expect(
    thread.transaction(async (tx) => {
      await tx.query('INSERT INTO t VALUES (4)');
      throw own;
    }),
  ).rejects.toBe(own);
  expect((await thread.query('SELECT n FROM t')).rows).toHaveLength(2);
  await expect(thread.query('SELECT * FROM nowhere')).rejects.toMatchObject({ code: '42P01' });
});

test('a thread that dies fails what it was asked as away, and its directory is opened again with what was written', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-thread-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const starts = vi.spyOn(PgliteThread, 'start');
  const database = await openPglite(join(directory, 'read-model'), silentLogger);
  onTestFinished(() => database.close());
  await database.exec('CREATE TABLE t (n int); INSERT INTO t VALUES (7)');
  const thread = await (starts.mock.results[0]!.value as Promise<PgliteThread>);
  const asked = database.query('SELECT count(*) FROM generate_series(1, 30000000)');
  await thread.terminate();
  await expect(asked).rejects.toMatchObject({ code: 'unavailable' });
  await vi.waitFor(async () => expect(await database.query('SELECT n FROM t')).toEqual([{ n: 7 }]), 30_000);
});

test('an engine that cannot write its write-ahead log, and then spins for ever, is ended at once and opened again with all that it committed', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-thread-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const database = await openPglite(join(directory, 'read-model'), silentLogger);
  onTestFinished(() => database.close());
  await database.exec('CREATE TABLE t (n int, filling text)');
  // The segment that is open goes on to be written; the next, after some MB, has nowhere to go.
  const log = join(directory, 'read-model', 'pg_wal');
  await rename(log, `${log}-away`);
  let committed = 0;
  const write = async () => {
    for (;;) {
      const filling = `repeat('x', 1000) FROM generate_series(1, 1000)`;
      await database.transaction((tx) => tx.query(`INSERT INTO t SELECT ${committed}, ${filling}`));
      committed++;
    }
  };
  await expect(write()).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('pg_wal') });
  await rename(`${log}-away`, log);
  const rows = await vi.waitFor(() => database.query<{ n: string }>('SELECT count(*)::text AS n FROM t'), 30_000);
  expect(rows).toEqual([{ n: String(committed * 1_000) }]);
});

test('in memory a thread that dies leaves nothing: it is damaged until it is made anew', async () => {
  const starts = vi.spyOn(PgliteThread, 'start');
  starts.mockClear();
  const database = await openPglite('memory', silentLogger);
  onTestFinished(() => database.close());
  const thread = await (starts.mock.results[0]!.value as Promise<PgliteThread>);
  await thread.terminate();
  const error = await database.query('SELECT 1').catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(DatabaseError);
  expect(error).toMatchObject({ code: 'damaged' });
  await database.renew();
  expect(await database.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
});
