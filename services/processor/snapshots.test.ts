import { createShardDecider, type ShardDecider, type ShardState } from '@holdfast/core';
import type { Command } from '@holdfast/events';
import { GroupFeed, type Logger, MemoryLog, nodeRuntime, type ShardLog, silentLogger } from '@holdfast/log';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { exampleModule } from '../../test/example/core/module.js';
import type { ExampleState } from '../../test/example/core/state.js';
import { claiming, exampleCodec } from '../../test/support/example.js';
import { beginCommandLog } from './command-log.js';
import { ShardGateway } from './gateway.js';
import { Processor } from './processor.js';
import type { Snapshot } from './snapshot-format.js';
import type { SnapshotStore } from './snapshot-store.js';
import { findSnapshot, SnapshotTaker } from './snapshots.js';

vi.mock('../../events/modules.js', async (original) => {
  return (await import('../../test/support/with-example.js')).withExample(original);
});

const codec = exampleCodec();
const runtime = nodeRuntime;
const fleet = Array.from({ length: 20 }, (_, n) => `x0c0s${n}b0n0`);
const decider: ShardDecider = createShardDecider({ example: exampleModule.decider() });

class MemoryStore implements SnapshotStore {
  readonly kept = new Map<string, Uint8Array>();
  full = false;

  async list() {
    return [...this.kept.keys()].sort().reverse();
  }
  async *read(name: string) {
    // In small pieces, so that lines are cut anywhere.
    const bytes = this.kept.get(name)!;
    for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
  }
  async write(name: string, pieces: AsyncIterable<Uint8Array>) {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    if (this.full) throw new Error('no space left');
    this.kept.set(name, Buffer.concat(all));
  }
  async remove(name: string) {
    this.kept.delete(name);
  }
}

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** A processor that takes a snapshot after every `every` events, from the newest snapshot on. */
async function start(log: ShardLog, store: SnapshotStore, every = 25, logger: Logger = silentLogger) {
  await beginCommandLog(log, codec, runtime, { domains: ['example/default'], secretFingerprint: 'f' });
  const snapshot = await findSnapshot<ShardState>({ store, log, codec, form: decider, logger });
  const feed = new GroupFeed({ log, codec, ...(snapshot === null ? {} : { checkpoint: snapshot.checkpoint }) });
  let groups = 0;
  feed.subscribe({ group: () => void groups++ });
  const options = { log, feed, codec, decider, runtime, logger, snapshot };
  const processor = new Processor({ ...options, secretFingerprint: 'f' });
  const gateway = new ShardGateway({ log, feed, codec, runtime, logger });
  const fold = () => processor.fold();
  const taker = new SnapshotTaker({ store, log, form: decider, logger, feed, runtime, fold, every });
  const close = async () => {
    gateway.close();
    await processor.close();
    await taker.close();
    await feed.close();
  };
  closers.push(close);
  feed.start();
  await processor.start();
  const caughtUp = async () => feed.caughtUpWith(await log.head('events'));
  const send = (command: Command) => submit(gateway, command);
  return { processor, snapshot, groups: () => groups, submit: send, caughtUp, close };
}

async function submit(gateway: ShardGateway, command: Command) {
  const actor = { name: 'a', authenticated: true, address: '', userAgent: '' };
  const key = 'example/default';
  const origin = { actor, reason: '', idempotencyKey: '', traceparent: '', urgent: false };
  const group = await gateway.submit({ command, id: runtime.uuid(), keyed: true, domain: key, key, ...origin });
  return group.events.at(-1)!.event;
}

const others = Array.from({ length: 10 }, (_, n) => `other-${n}`);
/** Of the fleet, not of the others. */
const claimedIn = (state: ShardState) =>
  (state.states['example/default'] as ExampleState).claims
    .values()
    .map(({ instrument }) => instrument)
    .filter((one) => fleet.includes(one))
    .sort();

/** A log with some groups, and the snapshots that were taken of it on the way. */
let log: MemoryLog;
const original = new MemoryStore();
beforeAll(async () => {
  log = new MemoryLog({ shard: 's', runtime, exclusive: true });
  const { submit, close } = await start(log.open(), original);
  for (const one of others) await submit(claiming(one));
  for (const xname of fleet.slice(0, 15)) await submit(claiming(xname));
  await close();
  closers.length = 0;
});

/** The snapshots again, changed. */
function store(change: (kept: Map<string, Uint8Array>, newest: string) => void = () => {}): MemoryStore {
  const copy = new MemoryStore();
  for (const [name, bytes] of original.kept) copy.kept.set(name, bytes);
  change(copy.kept, [...copy.kept.keys()].sort().at(-1)!);
  return copy;
}

/** A logger that keeps what it was warned of. */
function listener() {
  const warnings: string[] = [];
  return { ...silentLogger, warnings, warn: (details: object) => void warnings.push(JSON.stringify(details)) };
}

test('a start goes on from the newest snapshot, and its state is that of a reader of the whole log', async () => {
  const [quick, slow] = [await start(log.open(), store()), await start(log.open(), new MemoryStore())];
  expect(quick.snapshot?.checkpoint.sequence).toBeGreaterThan(25);
  expect(quick.groups()).toBeLessThan(slow.groups() / 2);
  expect(claimedIn(quick.processor.state)).toEqual(fleet.slice(0, 15).sort());
  expect(claimedIn(slow.processor.state)).toEqual(fleet.slice(0, 15).sort());
  expect(await quick.submit(claiming(fleet[0]!))).toMatchObject({ status: 'refused', reason: 'Taken' });
});

test('what came in while a snapshot was written is in the next one, without waiting for more', async () => {
  const slow = new MemoryStore();
  const writing: (() => void)[] = [];
  const write = slow.write.bind(slow);
  slow.write = async (name, pieces) => {
    await new Promise<void>((resolve) => writing.push(resolve));
    await write(name, pieces);
  };
  const { processor } = await start(log.open(), slow, 5);
  expect(writing).toHaveLength(1);
  writing[0]!();
  await vi.waitFor(() => expect(writing).toHaveLength(2));
  writing[1]!();
  await vi.waitFor(async () => expect(await slow.list()).toHaveLength(2));
  const newest = await find(slow, log.open());
  expect(claimedIn(newest!.state)).toEqual(claimedIn(processor.state));
});

test('the newest two are kept', () => {
  expect(original.kept.size).toBe(2);
});

const damages: [string, (bytes: Buffer) => Buffer][] = [
  ['empty', () => Buffer.alloc(0)],
  ['cut', (bytes) => bytes.subarray(0, bytes.length - 40)],
  ['cut after a line', (bytes) => bytes.subarray(0, bytes.lastIndexOf('\n', bytes.length - 2) + 1)],
  ['a line doubled', (bytes) => Buffer.concat([bytes.subarray(0, bytes.indexOf('\n') + 1), bytes])],
  ['of a newer format', (bytes) => Buffer.from(bytes.toString().replace('holdfast-snapshot-1', 'holdfast-snapshot-2'))],
  ['of a newer form of the state', (bytes) => Buffer.from(bytes.toString().replace(/"example":\d+/, '"example":1000'))],
  ['of another shard', (bytes) => Buffer.from(bytes.toString().replace('"shard":"s"', '"shard":"t"'))],
];

test.each(damages)('a snapshot that is %s is told, and the one before it is used', async (_, damage) => {
  const changed = store((kept, newest) => kept.set(newest, damage(Buffer.from(kept.get(newest)!))));
  const logger = listener();
  const older = await findSnapshot<ShardState>({ store: changed, log: log.open(), codec, form: decider, logger });
  const newest = await findSnapshot<ShardState>({ store: store(), log: log.open(), codec, form: decider, logger });
  expect(logger.warnings).toHaveLength(1);
  expect(older!.checkpoint.sequence).toBeLessThan(newest!.checkpoint.sequence);
});

test('a flipped bit anywhere in a snapshot is noticed', async () => {
  const bytes = [...original.kept.values()].at(-1)!;
  for (let at = 0; at < bytes.length; at += 37) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 1 << (at % 8);
    const one = new MemoryStore();
    one.kept.set('0', damaged);
    const found = await findSnapshot<ShardState>({
      store: one,
      log: log.open(),
      codec,
      form: decider,
      logger: silentLogger,
    });
    expect(found, `byte ${at}`).toBeNull();
  }
});

test('where no snapshot can be used the log is read from its start', async () => {
  const damaged = store((kept) => {
    for (const name of kept.keys()) kept.set(name, Buffer.from('x'));
  });
  const { processor, snapshot } = await start(log.open(), damaged);
  expect(snapshot).toBeNull();
  expect(claimedIn(processor.state)).toHaveLength(15);
});

test('a snapshot of another log stops the start: that log is lost, or this is the wrong one', async () => {
  const another = new MemoryLog({ shard: 's', runtime, exclusive: true });
  const { submit, close } = await start(another.open(), new MemoryStore());
  for (const xname of fleet) await submit(claiming(xname));
  for (const one of others) await submit(claiming(one));
  await close();
  closers.length = 0;
  const kept = store();
  const before = [...kept.kept];
  await expect(start(another.open(), kept)).rejects.toMatchObject({
    code: 'lost',
    message: expect.stringMatching(/the snapshot 0+\d+ knows the log \S+ up to position \d+ .* is another one/),
  });
  expect([...kept.kept]).toEqual(before);
});

test('nor does it start from one where the log is empty', async () => {
  await expect(find(store(), new MemoryLog({ shard: 's', runtime }))).rejects.toMatchObject({ code: 'lost' });
});

/** The log with another start or head of `events`. */
function changed(change: Partial<Record<'start' | 'head', number>>): ShardLog {
  const inner = log.open();
  return Object.assign(Object.create(inner) as ShardLog, {
    start: async (stream: 'commands' | 'events') =>
      stream === 'events' && change.start !== undefined ? change.start : inner.start(stream),
    head: async (stream: 'commands' | 'events') =>
      stream === 'events' && change.head !== undefined ? change.head : inner.head(stream),
    tail: (stream: 'commands' | 'events', position: number) => inner.tail(stream, position),
  });
}

const find = (kept: SnapshotStore, from: ShardLog): Promise<Snapshot<ShardState> | null> =>
  findSnapshot<ShardState>({ store: kept, log: from, codec, form: decider, logger: silentLogger });

test('a log that ends before a snapshot that was made from it is lost: nothing starts from an older one', async () => {
  await expect(find(store(), changed({ head: 40 }))).rejects.toMatchObject({ code: 'lost' });
  await expect(find(store(), changed({ head: 40 }))).rejects.toThrow(/ends at position 40/);
});

test('where the beginning of the log is gone, a snapshot is needed to start', async () => {
  expect(await find(store(), changed({ start: 20 }))).not.toBeNull();
  await expect(find(new MemoryStore(), changed({ start: 20 }))).rejects.toThrow(/starting empty would forget it/);
});

test('a snapshot that cannot be kept is told, and nothing else fails', async () => {
  const full = new MemoryStore();
  full.full = true;
  const logger = listener();
  const { submit, processor } = await start(log.open(), full, 5, logger);
  for (const xname of fleet.slice(15)) expect(await submit(claiming(xname))).toMatchObject({ status: 'accepted' });
  expect(logger.warnings.join()).toContain('no space left');
  expect(processor.stopped).toBeNull();
});

test('a processor that has closed gives no snapshot of what only its feed has read since', async () => {
  const shared = new MemoryLog({ shard: 's', runtime });
  const kept = new MemoryStore();
  const leaving = await start(shared.open(), kept, 5);
  for (const one of others) await leaving.submit(claiming(one));
  await leaving.processor.close();
  const staying = await start(shared.open(), new MemoryStore());
  for (const xname of fleet.slice(0, 10)) await staying.submit(claiming(xname));
  await leaving.caughtUp();
  const newest = await find(kept, shared);
  expect(newest!.checkpoint.sequence).toBeLessThanOrEqual(leaving.processor.fold().checkpoint.sequence);
  expect(claimedIn(newest!.state)).toEqual([]);
});
