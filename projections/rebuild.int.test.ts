import { shardSecret } from '@holdfast/events';
import { MemoryLog, nodeRuntime, silentLogger } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { testModules } from '../test/modules.js';
import { describeDatabases } from '../test/support/databases.js';
import { generateLog, VirtualClock } from '../test/support/generated-log.js';
import { decided, GroupWriter } from '../test/support/groups.js';
import { type Database, DatabaseError, type Queryable } from './database.js';
import { openPglite } from './pglite.js';
import { PostgresReadModel } from './postgres-read-model.js';
import { PostgresStore } from './postgres-store.js';
import { projectionGroups } from './projection-groups.js';
import { Projections, rebuild } from './projections.js';
import type { RebuildProgress } from './rebuild.js';
import { Projector } from './runner.js';

const lastsMs = 50_000;
/** Some events of every module that differ with `n`. */
const eventsOf = (n: number) => testModules.flatMap(({ rows }) => rows.rebuilt.eventsOf(n));

let shards = 0;

/** A log of a shard that no other test has, the projections that follow it, and what writes to it. */
async function follow(database: Database) {
  const log = new MemoryLog({ shard: `shard-${shards++}`, runtime: nodeRuntime });
  const writer = new GroupWriter(log);
  await writer.claim();
  let written = 0;
  const write = async (groups: number) => {
    for (let n = 0; n < groups; n++)
      await writer.write([...eventsOf(++written * 7), decided('asked.X')], { time: written });
  };
  const given = { log, codec: writer.codec, runtime: nodeRuntime, logger: silentLogger };
  const projections = new Projections({ ...given, database });
  const { status, audit } = projections;
  onTestFinished(() => projections.close());
  const model = new PostgresReadModel({ database, status, audit });
  const caughtUp = async () => {
    const head = await log.head('events');
    await Promise.all([audit.waitFor(head, lastsMs), model.waitFor(head, lastsMs)]);
  };
  return { log, write, projections, model, caughtUp, given };
}

/**
 * Which place a member has is what counts: who was removed and added in one batch leaves no gap in the numbers, in two
 * it does.
 */
const places: Record<string, string> = {
  collection_member: `(SELECT shard, domain, kind, key, xname,
      row_number() OVER (PARTITION BY shard, domain, kind, key ORDER BY ordinal) AS place
    FROM holdfast.collection_member)`,
};

/** Every row of every table, and every index, as text. */
async function contents(database: Database): Promise<unknown> {
  const all: Record<string, unknown> = {};
  for (const table of Object.values(projectionGroups).flatMap(({ tables }) => tables)) {
    const rows = `SELECT json_agg(t ORDER BY t::text)::text AS all FROM ${places[table] ?? `holdfast.${table}`} t`;
    const indexes = `SELECT json_agg(indexdef ORDER BY indexname)::text AS all FROM pg_indexes
      WHERE schemaname = 'holdfast' AND tablename = '${table}'`;
    all[table] = [await database.query(rows), await database.query(indexes)];
  }
  return all;
}

const schemas = async (database: Database) =>
  (await database.query<{ name: string }>("SELECT nspname AS name FROM pg_namespace WHERE nspname LIKE 'holdfast%'"))
    .length;

/** A database whose process ends after so many statements of a rebuild. */
function mortal(database: Database, statements: number): Database {
  let left = statements;
  const dying = <Args extends unknown[], T>(statement: (...args: Args) => Promise<T>) => {
    return async (...args: Args): Promise<T> => {
      if (left-- <= 0) throw new DatabaseError('unavailable', 'the process ended');
      return statement(...args);
    };
  };
  const dyingAt = (at: Queryable): Queryable => ({
    query: dying((sql, values) => at.query(sql, values)) as Queryable['query'],
    exec: dying((sql) => at.exec(sql)),
  });
  return {
    ...dyingAt(database),
    ...(database.copy === undefined ? {} : { copy: dying((into, rows) => database.copy!(into, rows)) }),
    embedded: database.embedded,
    exclusively: (name, work) => database.exclusively(name, work),
    transaction: (work) => database.transaction((tx) => work(dyingAt(tx))),
    renew: () => database.renew(),
    close: async () => {},
  };
}

describeDatabases('a rebuild', (opened) => {
  test('while groups come in and are read fails no read, goes back for none, and leaves what one at rest leaves', async () => {
    const { log, write, projections, model, caughtUp } = await follow(opened.database);
    projections.start();
    await write(50);
    await caughtUp();
    let over = false;
    const busy = async () => {
      for (let n = 0; !over; n++) {
        await write(1 + (n % 3));
        const head = await log.head('events');
        await caughtUp();
        for (const { rows } of testModules) {
          const { past, present } = await rows.rebuilt.shown(model);
          expect(past).toMatchObject(present);
        }
        expect(projections.status.read).toBeGreaterThanOrEqual(head);
      }
    };
    const reading = busy();
    for (let n = 0; n < 3; n++) await projections.rebuild();
    over = true;
    await reading;
    await caughtUp();
    const before = await contents(opened.database);
    await projections.rebuild();
    expect(await contents(opened.database)).toEqual(before);
    // The projectors go on from there.
    await write(3);
    await caughtUp();
    await projections.rebuild({ names: ['inventory', 'history'] });
    await write(3);
    await caughtUp();
  });

  test('that ends anywhere leaves the old rows, and nothing of its own once a projector starts', async () => {
    const { write, projections, caughtUp, given } = await follow(opened.database);
    projections.start();
    await write(20);
    await caughtUp();
    const before = await contents(opened.database);
    const dyingAfter = async (statements: number) => {
      const dying = new Projections({ ...given, database: mortal(opened.database, statements) });
      await expect(dying.rebuild({ names: ['history'] })).rejects.toMatchObject({ code: 'unavailable' });
      expect(await contents(opened.database)).toEqual(before);
    };
    await fc.assert(fc.asyncProperty(fc.nat(30), dyingAfter), { numRuns: 8, examples: [[3], [10]] });
    // Half way, so that something is left.
    await dyingAfter(10);
    expect(await schemas(opened.database)).toBe(2);
    const next = new Projections({ ...given, database: opened.database });
    onTestFinished(() => next.close());
    next.start();
    await expect.poll(() => schemas(opened.database)).toBe(1);
  });

  test('is one at a time, and ends when it is told to', async () => {
    const { write, projections, caughtUp } = await follow(opened.database);
    projections.start();
    await write(20);
    await caughtUp();
    const before = await contents(opened.database);
    const outcomes = await Promise.allSettled([projections.rebuild(), projections.rebuild()]);
    const refused = outcomes.filter((one) => one.status === 'rejected').map(({ reason }) => reason);
    expect(refused).toMatchObject([{ code: 'busy' }]);
    const signal = AbortSignal.abort();
    await expect(projections.rebuild({ signal })).rejects.toMatchObject({ code: 'aborted' });
    expect(await contents(opened.database)).toEqual(before);
  });

  test('of a log that loses its tail meanwhile ends, and leaves what was there', async () => {
    const { log, write, projections, caughtUp } = await follow(opened.database);
    projections.start();
    await write(20);
    await caughtUp();
    const before = await contents(opened.database);
    const head = log.head.bind(log);
    let gone = 3;
    log.head = async (stream) => (await head(stream)) + gone;
    const rebuilding = rebuild({
      ...{ log, codec: new GroupWriter(log).codec, database: opened.database, runtime: nodeRuntime },
      onProgress: () => {
        gone = 0;
      },
    });
    await expect(rebuilding).rejects.toMatchObject({ code: 'lost' });
    expect(await contents(opened.database)).toEqual(before);
  });

  test('brings the rows of other shards along', async () => {
    const other = new PostgresStore({
      database: opened.database,
      shard: 'other',
      projectionGroup: projectionGroups.audit,
    });
    const found = await other.reset('stale');
    const change = { table: 'decision', sequence: 1, time: 5, commandId: 'c', actor: 'a', asked: true } as const;
    await other.apply([{ ...change, outcome: decided('asked.X'), events: [] }], found, { ...found, read: 1 });
    const { write, projections, caughtUp } = await follow(opened.database);
    projections.start();
    await write(5);
    await caughtUp();
    await projections.rebuild();
    const rows = await opened.database.query("SELECT command_id FROM holdfast.decision WHERE shard = 'other'");
    expect(rows).toEqual([{ command_id: 'c' }]);
    await other.reset('stale');
  });
});

test('a long log is read in one go where rows are missing, progress is told, and the rows are those of small steps', async () => {
  const clock = new VirtualClock();
  const log = new MemoryLog({ shard: shardName, runtime: clock });
  await generateLog({
    log,
    clock,
    events: 21_000,
    components: 200,
    seed: 5,
    secret: shardSecret(Buffer.alloc(32, 1)),
  });
  const database = await openPglite('memory', silentLogger);
  onTestFinished(() => database.close());
  const given = { log, codec: new GroupWriter(log).codec, runtime: nodeRuntime, logger: silentLogger };
  const head = await log.head('events');

  const told: RebuildProgress[] = [];
  const projections = new Projections({ ...given, database, onRebuild: (progress) => told.push(progress) });
  projections.start();
  await Promise.all([projections.status.waitFor(head, lastsMs), projections.audit.waitFor(head, lastsMs)]);
  await projections.close();
  expect(new Set(told.map(({ projectionGroups }) => projectionGroups.join()))).toEqual(new Set(['status', 'audit']));
  expect(told.findLast(({ projectionGroups: [projectionGroup] }) => projectionGroup === 'audit')).toMatchObject({
    read: head,
    of: head,
    leftMs: 0,
  });
  const rebuilt = await contents(database);

  for (const projectionGroup of Object.values(projectionGroups)) {
    const store = new PostgresStore({ database, shard: log.shard, projectionGroup });
    await store.reset('stale');
    const projector = new Projector({ ...given, store });
    projector.start();
    await projector.waitFor(head, lastsMs);
    await projector.close();
  }
  expect(await contents(database)).toEqual(rebuilt);
});
