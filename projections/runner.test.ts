import type { Event } from '@holdfast/events';
import { itemsPerStep } from '@holdfast/events/steps';
import { type Group, type Logger, MemoryLog, nodeRuntime, silentLogger } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { asEvent, exampleCodec, exampleIn } from '../test/support/example.js';
import { clearGarbage } from '../test/support/garbage.js';
import { decided, GroupWriter } from '../test/support/groups.js';
import { MemoryReadModel } from '../test/support/memory-read-model.js';
import { newerSchemaId, writtenByNewer } from '../test/support/newer.js';
import type { RowChange } from './change.js';
import { DatabaseError } from './database.js';
import { projectionLimits } from './limits.js';
import { projectionGroups } from './projection-groups.js';
import { Projector } from './runner.js';
import { type Positions, type ProjectionStore, StoreError } from './store.js';

vi.mock('../events/modules.js', async (original) => {
  return (await import('../test/support/with-example.js')).withExample(original);
});
vi.mock('./modules.js', async (original) => {
  return (await import('../test/support/with-example-rows.js')).withExampleRows(original);
});
vi.mock('../test/modules.js', async (original) => {
  return (await import('../test/support/with-example-rows.js')).withExampleMemory(original);
});

const lastsMs = 30_000;

const running: Projector[] = [];
afterEach(async () => {
  for (const projector of running.splice(0)) await projector.close();
});

function newLog(): MemoryLog {
  return new MemoryLog({ shard: shardName, runtime: nodeRuntime });
}

async function newWriter(log: MemoryLog, name?: string): Promise<GroupWriter> {
  const writer = new GroupWriter(log, name, exampleCodec());
  await writer.claim();
  return writer;
}

function project(
  log: MemoryLog,
  store: ProjectionStore,
  logger: Logger = silentLogger,
  onLost: (error: Error) => void = () => {},
): Projector {
  const codec = exampleCodec();
  const projector = new Projector({ log, codec, store, runtime: nodeRuntime, logger, onLost });
  running.push(projector);
  projector.start();
  return projector;
}

async function caughtUp(projector: Projector, log: MemoryLog): Promise<void> {
  await projector.waitFor(await log.head('events'), lastsMs);
}

const claim = 'claim';
const putUntil = (instrument: string, expiresAt: number): Event =>
  asEvent({ type: 'example.Claimed', instrument, claim, durationMs: 1, expiresAt });
const put = (instrument: string) => putUntil(instrument, 1);
/** What is there is changed. */
const move = (instrument: string) => putUntil(instrument, 2);
const remove = (instrument: string): Event => asEvent({ type: 'example.Returned', instrument, claim });
const done = decided('example.ClaimRequested');

/** Keeps count of every change that was applied, and fails where it is told to. */
class WatchedStore implements ProjectionStore {
  project = projectionGroups.status.project;
  readonly model = new MemoryReadModel({ runtime: nodeRuntime });
  applied: RowChange[] = [];
  writes = 0;
  resets = 0;
  /** Called at each write: throws, or gives what is thrown once it is done. */
  fault: () => Error | null = () => null;

  load(): Promise<Positions | null> {
    return this.model.load();
  }

  async apply(changes: RowChange[], found: Positions, next: Positions): Promise<void> {
    const after = this.fault();
    await this.model.apply(changes, found, next);
    this.applied.push(...changes);
    this.writes++;
    if (after !== null) throw after;
  }

  reset(): Promise<Positions> {
    this.resets++;
    this.applied = [];
    return this.model.reset();
  }
}

const moves = (changes: RowChange[]) => changes.filter((change) => 'expiresAt' in change && change.expiresAt === 2);
const claimsOf = ({ model }: WatchedStore) => exampleIn(model).claims();

test('a partial group is invisible, holds no reader back, and counts once it is whole, also after a restart', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  await writer.write([put('x0'), done]);
  const store = new WatchedStore();
  const first = project(log, store);
  await caughtUp(first, log);
  const part = await writer.writePart([move('x0'), remove('x1'), done], 2);
  await caughtUp(first, log);
  expect(await claimsOf(store)).toMatchObject([{ instrument: 'x0', expiresAt: 1 }]);
  await first.close();

  const second = project(log, store);
  await caughtUp(second, log);
  expect(await claimsOf(store)).toMatchObject([{ instrument: 'x0', expiresAt: 1 }]);
  await part.finish();
  await caughtUp(second, log);
  expect(await claimsOf(store)).toMatchObject([{ instrument: 'x0', expiresAt: 2 }]);
  // It went on from where it was: nothing had to be made anew.
  expect(store.resets).toBe(1);
});

test('a partial group of an owner that lost its shard never counts', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  await writer.write([put('x0'), done]);
  await writer.writePart([move('x0'), done], 1);
  await writer.claim();
  await writer.write([put('x1'), done]);
  const store = new WatchedStore();
  await caughtUp(project(log, store), log);
  expect(await claimsOf(store)).toMatchObject([{ expiresAt: 1 }, { expiresAt: 1 }]);
});

test('whatever write fails, before or after it was done, and whenever it restarts, each change is applied once', async () => {
  const faults = fc.array(fc.constantFrom('none', 'before', 'after', 'superseded', 'restart'), { maxLength: 12 });
  const property = fc.asyncProperty(faults, async (script) => {
    const log = newLog();
    const writer = await newWriter(log);
    const store = new WatchedStore();
    const logged: Projector[] = [project(log, store)];
    await writer.write([put('x0'), done]);
    await caughtUp(logged[0]!, log);
    for (const step of script) {
      const error =
        step === 'superseded' ? new StoreError('superseded', 'test') : new DatabaseError('unavailable', 'test');
      store.fault = () => {
        store.fault = () => null;
        if (step === 'before' || step === 'superseded') throw error;
        return step === 'after' ? error : null;
      };
      if (step === 'restart') {
        await logged.pop()!.close();
        logged.push(project(log, store));
      }
      await writer.write([move('x0'), done]);
      await caughtUp(logged[0]!, log);
    }
    await logged[0]!.close();
    expect(moves(store.applied)).toHaveLength(script.length);
    expect(store.resets).toBe(1);
  });
  await fc.assert(property, { numRuns: 12 });
});

test('two projectors of one shard share the work and repeat none', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  const store = new WatchedStore();
  const both = [project(log, store), project(log, store)];
  await writer.write([put('x0'), done]);
  for (let n = 0; n < 20; n++) {
    await writer.write([move('x0'), done]);
    await caughtUp(both[n % 2]!, log);
  }
  for (const projector of both) await caughtUp(projector, log);
  expect(moves(store.applied)).toHaveLength(20);
});

test('what changes no row releases readers without a write, is written at the close, and is bounded', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  await writer.write([put('x0'), done]);
  const store = new WatchedStore();
  const projector = project(log, store);
  await caughtUp(projector, log);
  const { writes } = store;
  await writer.write([decided('engine.Tick')]);
  await caughtUp(projector, log);
  expect(store.writes).toBe(writes);
  expect(projector.stored).toBeLessThan(projector.read);
  for (let n = 0; n < projectionLimits.heldPositionsMax; n++) await writer.write([decided('engine.Tick')]);
  await caughtUp(projector, log);
  expect(store.writes).toBeGreaterThan(writes);
  await projector.close();
  expect((await store.load())?.read).toBe(await log.head('events'));
});

test.each([
  ['past the head of the log', (at: Positions) => ({ ...at, read: at.read + 1_000 })],
  [
    'of another log',
    (at: Positions) => ({ ...at, log: 'another', checkpoint: { ...at.checkpoint, owner: 'another' } }),
  ],
  ['that the log does not continue', (at: Positions) => ({ ...at, checkpoint: { ...at.checkpoint, hash: 'another' } })],
  ['of an epoch that never was', (at: Positions) => ({ ...at, checkpoint: { ...at.checkpoint, epoch: 0 } })],
])('positions %s: the log is lost, so it stops, says so, and leaves the rows', async (_, spoil) => {
  const log = newLog();
  const writer = await newWriter(log);
  await writer.write([put('x0'), done]);
  const store = new WatchedStore();
  const before = project(log, store);
  await caughtUp(before, log);
  await before.close();
  const found = (await store.load())!;
  await store.apply([{ table: 'claim', op: 'move', instrument: 'x0', expiresAt: 2 } as never], found, spoil(found));
  await writer.write([put('x1'), done]);

  const told: Error[] = [];
  const projector = project(log, store, silentLogger, (error) => told.push(error));
  await expect(projector.waitFor(await log.head('events'), lastsMs)).rejects.toMatchObject({ code: 'stopped' });
  expect(projector.stopped).toMatchObject({
    code: 'lost',
    message: expect.stringMatching(/the read model knows .* up to position \d+ .*holdfast rebuild --accept-lost-log/),
  });
  expect(told).toEqual([projector.stopped]);
  expect(await claimsOf(store)).toMatchObject([{ instrument: 'x0', expiresAt: 2 }]);
  expect(store.resets).toBe(1);
});

/** A log and its read model, and then another log in its place: it stops. */
test.each([
  ['nothing', async () => newLog()],
  ['a shorter one', (log: MemoryLog) => copyOf(log, 2)],
  ['another one', async () => (await written(4, 'another')).log],
  [
    'an older copy of it that was written on',
    async (log: MemoryLog) => {
      const copy = await copyOf(log, 3);
      const later = await newWriter(copy, 'later');
      for (let n = 0; n < 5; n++) await later.write([move('x0'), done]);
      return copy;
    },
  ],
])('rows that were made from a log stay as they are where there is %s', async (_, other) => {
  const { log, store } = await written(4);
  const first = project(log, store);
  await caughtUp(first, log);
  await first.close();
  const claims = await claimsOf(store);
  const found = await other(log);
  const projector = project(found, store);
  await expect(projector.waitFor(1_000, lastsMs)).rejects.toMatchObject({ code: 'stopped' });
  expect(projector.stopped).toMatchObject({ code: 'lost' });
  expect(await claimsOf(store)).toEqual(claims);
  expect(store.resets).toBe(1);
});

test('rows of an older form are made anew, but not from a log that does not hold what they were made from', async () => {
  const { log, store } = await written(4);
  const first = project(log, store);
  await caughtUp(first, log);
  await first.close();
  const older = Object.assign(store, { load: async () => null, outdated: () => store.model.load() });
  const projector = project(await copyOf(log, 2), older);
  await expect(projector.waitFor(1_000, lastsMs)).rejects.toMatchObject({ code: 'stopped' });
  expect([projector.stopped, store.resets]).toMatchObject([{ code: 'lost' }, 1]);
  const sound = project(log, older);
  await caughtUp(sound, log);
  expect(store.resets).toBe(2);
});

test('damage that is found while it runs is not mended from a log that has lost something meanwhile', async () => {
  const { log, store } = await written(4);
  const projector = project(log, store);
  await caughtUp(projector, log);
  log.head = async () => 2;
  projector.distrust();
  await expect(projector.waitFor(1_000, lastsMs)).rejects.toMatchObject({ code: 'stopped' });
  expect([projector.stopped, store.resets]).toMatchObject([{ code: 'lost' }, 1]);
});

test('a log that goes on elsewhere, framed by other ids, is the same one', async () => {
  const { log, store } = await written(4);
  const first = project(log, store);
  await caughtUp(first, log);
  await first.close();
  const { read, ...rest } = (await store.load())!;
  await store.apply([], { read, ...rest }, { read, ...rest, log: 'by its first record there' });
  const second = project(log, store);
  await (await newWriter(log)).write([move('x0'), done]);
  await caughtUp(second, log);
  expect([second.stopped, store.resets]).toEqual([null, 1]);
});

/** A log of `groups` groups, and a store for it. */
async function written(groups: number, name?: string): Promise<{ log: MemoryLog; store: WatchedStore }> {
  const log = newLog();
  const writer = await newWriter(log, name);
  await writer.write([put('x0'), done]);
  for (let n = 1; n < groups; n++) await writer.write([move('x0'), done]);
  return { log, store: new WatchedStore() };
}

/** The first `records` events of a log, as an older copy has them. */
async function copyOf(log: MemoryLog, records: number): Promise<MemoryLog> {
  const copy = newLog();
  await copy.append('events', (await log.tail('events', 0).next())!.slice(0, records));
  return copy;
}

test('what was written is not kept while the next is waited for', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  await writer.write([put('x0'), done]);
  const store = new WatchedStore();
  const kept: WeakRef<object>[] = [];
  const apply = (changes: RowChange[], found: Positions, next: Positions) => {
    kept.push(new WeakRef(changes));
    return store.model.apply(changes, found, next);
  };
  const watching = (group: Group) => {
    kept.push(new WeakRef(group));
    return projectionGroups.status.project(group);
  };
  await caughtUp(project(log, Object.assign(store, { apply, project: watching })), log);
  await clearGarbage();
  expect(kept.map((each) => each.deref())).toEqual([undefined, undefined]);
});

test('a large group is projected in steps, and nobody is told of it before its changes are written', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  const many = Array.from({ length: itemsPerStep * 3 }, (_, n) => put(`x${n}`));
  await writer.write([...many, done]);
  const head = await log.head('events');
  const store = new WatchedStore();
  let steps = 0;
  const project = function* (group: Group) {
    const projecting = projectionGroups.status.project(group);
    let step = projecting.next();
    for (; !step.done; step = projecting.next()) {
      steps++;
      yield;
    }
    return step.value;
  };
  const early: number[] = [];
  const projector = new Projector({
    log,
    codec: writer.codec,
    store: Object.assign(store, { project }),
    runtime: nodeRuntime,
    logger: silentLogger,
    turn: async () => {
      await new Promise((resolve) => setImmediate(resolve));
      if (projector.read >= head && store.applied.length < many.length) early.push(projector.read);
    },
  });
  running.push(projector);
  projector.start();
  await projector.waitFor(head, lastsMs);
  expect(store.applied).toHaveLength(many.length);
  expect(early).toEqual([]);
  expect(steps).toBeGreaterThanOrEqual(3);
});

test('while the database is away readers hear of it, and it catches up by itself', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  const store = new WatchedStore();
  let failed = () => {};
  const failure = new Promise<void>((resolve) => {
    failed = resolve;
  });
  const logger = { ...silentLogger, warn: () => failed() };
  store.fault = () => {
    throw new DatabaseError('unavailable', 'test');
  };
  const projector = project(log, store, logger);
  await writer.write([put('x0'), done]);
  await failure;
  await expect(projector.waitFor(await log.head('events'), 0)).rejects.toMatchObject({ code: 'unavailable' });
  store.fault = () => null;
  await caughtUp(projector, log);
  expect(projector.unavailable).toBeNull();
  expect(await claimsOf(store)).toHaveLength(1);
});

test('who waits for what is not there yet hears that it is behind', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  await writer.write([put('x0'), done]);
  const projector = project(log, new WatchedStore());
  await caughtUp(projector, log);
  await expect(projector.waitFor((await log.head('events')) + 1, 0)).rejects.toMatchObject({ code: 'behind' });
});

test('a log that contradicts itself stops the projector, after everything before that', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  await writer.write([put('x0'), done]);
  const sound = await log.head('events');
  // Of the same epoch and owner, but it never wrote the group before.
  const elsewhere = new MemoryLog({ shard: shardName, runtime: nodeRuntime });
  const forger = await newWriter(elsewhere);
  await forger.write([put('x9'), done]);
  await forger.write([move('x9'), done]);
  const tail = elsewhere.tail('events', 3);
  await log.append('events', (await tail.next())!);
  const store = new WatchedStore();
  const projector = project(log, store);
  await projector.waitFor(sound, lastsMs);
  await expect(projector.waitFor(await log.head('events'), lastsMs)).rejects.toMatchObject({ code: 'stopped' });
  expect(projector.stopped).toMatchObject({ code: 'corrupt' });
  expect(await claimsOf(store)).toHaveLength(1);
});

test('an event of a newer version stops a projector that was started again, and the rows stay', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  await writer.write([put('x0'), done]);
  const store = new WatchedStore();
  const before = project(log, store);
  await caughtUp(before, log);
  await before.close();
  const position = await log.head('events');
  const [record] = (await log.tail('events', position - 1).next())!;
  await log.append('events', [writtenByNewer(record!)]);
  // Newer projectors may have written these rows: they must not be made anew by one that cannot read the log.
  const projector = project(log, store);
  await expect(projector.waitFor(position + 1, lastsMs)).rejects.toMatchObject({ code: 'stopped' });
  expect(projector.stopped).toMatchObject({ code: 'unknown-event' });
  expect(projector.stopped?.message).toMatch(new RegExp(`position ${position} .*id ${newerSchemaId}.*upgrade`));
  expect(store.resets).toBe(1);
});

test('it reads no further ahead than is allowed while a write hangs', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  const max = projectionLimits.aheadPositionsMax;
  const ticks = Array.from({ length: 1_000 }, () => decided('engine.Tick'));
  await writer.write([put('x0'), done]);
  let reads = 0;
  const watched = Object.assign(Object.create(log) as MemoryLog, {
    tail(...args: Parameters<MemoryLog['tail']>) {
      const tail = log.tail(...args);
      const next = async () => {
        const records = await tail.next();
        reads += records?.length ?? 0;
        return records;
      };
      return { next, close: () => tail.close() };
    },
    head: log.head.bind(log),
    start: log.start.bind(log),
    shard: log.shard,
  });
  const store = new WatchedStore();
  let release = () => {};
  const hanging = new Promise<void>((resolve) => {
    release = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    const apply = store.apply.bind(store);
    store.apply = async (...args) => {
      resolve();
      await hanging;
      return apply(...args);
    };
  });
  const projector = project(watched, store);
  await begun;
  for (let n = 0; n < (max * 2) / ticks.length; n++) await writer.write(ticks);
  const idle = () => new Promise<void>((resolve) => setImmediate(resolve));
  for (let before = -1; before !== reads; ) {
    before = reads;
    await idle();
    await idle();
  }
  expect(reads).toBeLessThan(max * 1.1);
  release();
  await caughtUp(projector, log);
});

test('an event of a type that no projection knows stops it, and says which and where', async () => {
  const log = newLog();
  const writer = await newWriter(log);
  await writer.write([put('x0'), done]);
  await writer.write([move('x0'), done]);
  const { codec } = writer;
  const newer = {
    decodeEvent(value: Uint8Array) {
      const decoded = codec.decodeEvent(value);
      const event = { ...decoded.event, type: 'example.ClaimPainted' } as unknown as Event;
      return 'expiresAt' in decoded.event && decoded.event.expiresAt === 2 ? { ...decoded, event } : decoded;
    },
  };
  for (const projectionGroup of Object.values(projectionGroups)) {
    const store = Object.assign(new WatchedStore(), { project: projectionGroup.project });
    const known = (await log.head('events')) - 2;
    const projector = new Projector({ log, codec: newer, store, runtime: nodeRuntime, logger: silentLogger });
    running.push(projector);
    projector.start();
    await expect(projector.waitFor(await log.head('events'), lastsMs)).rejects.toMatchObject({ code: 'stopped' });
    expect(projector.stopped?.message).toMatch(/event type example.ClaimPainted in the group that ends at position 4/);
    // What came before it is there, and it is not passed over.
    expect((await store.load())?.read).toBe(known);
  }
});
