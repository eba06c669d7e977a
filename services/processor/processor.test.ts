import {
  GroupFeed,
  LogError,
  type MemoryLog,
  type NewRecord,
  nextTurn,
  nodeRuntime,
  type ShardLog,
  type StreamName,
  silentLogger,
} from '@holdfast/log';
import { afterEach, expect, test, vi } from 'vitest';
import { begin, claim, codec, decider, memory, outcome, send, start, stop } from '../../test/support/deciding.js';
import { clearGarbage } from '../../test/support/garbage.js';
import { newerSchemaId, writtenByNewer } from '../../test/support/newer.js';
import { processorLimits } from './limits.js';
import { Processor } from './processor.js';

vi.mock('../../events/modules.js', async (original) => {
  return (await import('../../test/support/with-example.js')).withExample(original);
});

const runtime = nodeRuntime;

afterEach(stop);

/** A log that appends in another way. */
function appending(log: MemoryLog, append: ShardLog['append']): ShardLog {
  return Object.assign(Object.create(log) as ShardLog, {
    exclusive: log.exclusive,
    shard: log.shard,
    append,
    head: (stream: StreamName) => log.head(stream),
    start: (stream: StreamName) => log.start(stream),
    tail: (stream: StreamName, position: number) => log.tail(stream, position),
  });
}

/** A log of which some appends to `events` land but lose their answer. */
function losingAnswers(log: MemoryLog, loses: () => boolean): ShardLog {
  return appending(log, async (stream, records) => {
    await log.append(stream, records);
    if (stream === 'events' && loses()) throw new LogError('append-failed', 'no answer');
  });
}

test('a request is decided, and answered from the log', async () => {
  const { gateway } = await start(memory());
  const group = await gateway.submit(claim('x0'));
  expect(group.events.map(({ event }) => event.type)).toEqual(['example.Claimed', 'engine.RequestDecided']);
});

test('a decision that cannot be written gets an outcome, and the next request is decided', async () => {
  const { gateway } = await start(memory());
  expect(outcome(await gateway.submit(claim('bad')))).toMatchObject({ status: 'failed' });
  expect(outcome(await gateway.submit(claim('x0')))).toMatchObject({ status: 'accepted' });
});

test('what is no command gets an outcome, and the next request is decided', async () => {
  const log = memory();
  const { gateway, processor } = await start(log);
  await log.append('commands', [{ key: 's', value: new Uint8Array([1]) }]);
  expect(outcome(await gateway.submit(claim('x0')))).toMatchObject({ status: 'accepted' });
  expect(processor.stopped).toBeNull();
});

test('after an append without an answer a new epoch is claimed, and nothing is decided twice', async () => {
  let losses = 0;
  const log = losingAnswers(memory(), () => losses-- > 0);
  const { gateway, feed } = await start(log);
  const first = await gateway.submit(claim('x0'));
  losses = 1;
  const groups = await Promise.all(['x1', 'x2', 'x3'].map((id) => gateway.submit(claim(id))));
  const last = await gateway.submit(claim('x4'));
  expect(first.stamp.epoch).toBe(1);
  expect(last.stamp.epoch).toBe(2);
  const positions = [first, ...groups, last].map(({ stamp }) => stamp.commandPosition);
  expect(new Set(positions).size).toBe(5);
  expect(feed.stopped).toBeNull();
});

test('what was decided before a large request is appended before that is decided', async () => {
  const log = memory(true);
  await begin(log);
  const large = 'large'.padEnd(processorLimits.commandBytesAtOnce + 1, '.');
  for (const id of ['small', large, 'after']) await send(log, id);
  const appended: string[][] = [];
  const { append } = log;
  log.append = async (stream, records) => {
    // All three are read before the claim is there.
    for (let n = 0; stream === 'events' && appended.length === 0 && n < 200; n++) await nextTurn();
    if (stream === 'events') appended.push(records.map(({ key }) => key));
    return append.call(log, stream, records);
  };
  const { gateway } = await start(log);
  await gateway.submit(claim('last'));
  const together = appended.find((keys) => keys.includes(large));
  expect(together).not.toContain('small');
  expect(appended.flat()).toEqual(expect.arrayContaining(['small', 'after']));
});

test('what was appended is not kept while the next command is waited for', async () => {
  const log = memory();
  const kept: WeakRef<NewRecord>[] = [];
  const copying = appending(log, (stream, records) => {
    if (stream === 'events') kept.push(...records.map((record) => new WeakRef(record)));
    const copies = records.map((record) => ({ ...record }));
    return log.append(stream, copies);
  });
  const { gateway } = await start(copying);
  await gateway.submit(claim('x0'));
  await clearGarbage();
  expect(kept.length).toBeGreaterThan(1);
  expect(kept.filter((each) => each.deref() !== undefined)).toEqual([]);
});

test('one that is stopped while an append is under way stays so when that fails', async () => {
  const inner = memory();
  let fails = false;
  const log = appending(inner, async (stream, records) => {
    if (stream !== 'events' || !fails) return inner.append(stream, records);
    feed.stop(new LogError('corrupt', 'the test says so'));
    throw new LogError('append-failed', 'no answer');
  });
  const { gateway, processor, feed } = await start(log);
  await gateway.submit(claim('x0'));
  fails = true;
  await expect(gateway.submit(claim('x1'))).rejects.toMatchObject({ code: 'stopped' });
  await nextTurn();
  expect([processor.role, processor.stopped?.message]).toEqual(['stopped', 'the test says so']);
});

test('a clean stop lets a standby claim at once', async () => {
  const log = memory();
  const first = await start(log.open());
  await first.gateway.submit(claim('x0'));
  const second = await start(log.open());
  expect(second.processor.role).toBe('standby');
  await first.processor.close();
  const group = await second.gateway.submit(claim('x1'));
  expect(group.stamp.epoch).toBe(2);
  expect(second.processor.role).toBe('owner');
});

test('a restart goes on from what was accepted', async () => {
  const log = memory(true);
  const first = await start(log.open());
  const before = await first.gateway.submit(claim('x0'));
  await stop();
  const second = await start(log.open());
  const after = await second.gateway.submit(claim('x1'));
  expect(after.stamp).toMatchObject({ before: before.hash, sequence: before.sequence + 1 });
  expect(second.processor.state.states['example/default']).toBe(2);
});

test('a shard opened with another secret is refused', async () => {
  const log = memory();
  const { gateway } = await start(log.open());
  await gateway.submit(claim('x0'));
  await expect(start(log.open(), 'another')).rejects.toThrow(/another key secret/);
});

test('a command log that ends before the next position is refused', async () => {
  const log = memory();
  const { gateway } = await start(log.open());
  await gateway.submit(claim('x0'));
  const shorter = memory();
  const tail = log.tail('events', 0);
  await shorter.append('events', (await tail.next())!);
  await shorter.append('commands', (await log.tail('commands', 0).next())!.slice(0, 1));
  await expect(start(shorter)).rejects.toMatchObject({ code: 'corrupt' });
});

test('one that is closed while it starts says so, and does not judge the log by what it had not folded', async () => {
  const log = memory(true);
  const { gateway, processor, feed } = await start(log.open());
  await gateway.submit(claim('x0'));
  for (const part of [gateway, processor, feed]) await part.close();
  await log.trim('commands', 2);
  for (const turns of [0, 1, 2, 3, 4, 6]) {
    const feed = new GroupFeed({ log, codec });
    const closing = new Processor({ log, feed, codec, decider, runtime, logger: silentLogger, secretFingerprint: 'f' });
    const starting = expect(closing.start(), `closed after ${turns} turns`).rejects.toMatchObject({ code: 'closed' });
    for (let n = 0; n < turns; n++) await Promise.resolve();
    void closing.close();
    feed.start();
    await starting;
    await feed.close();
  }
});

test('an event of a newer version stops the shard, which says where it stands and what to do', async () => {
  const log = memory();
  const { gateway, processor, feed } = await start(log);
  await gateway.submit(claim('x0'));
  const position = await log.head('events');
  const [record] = (await log.tail('events', position - 1).next())!;
  await log.append('events', [writtenByNewer(record!)]);
  await expect(feed.caughtUpWith(position + 1)).rejects.toMatchObject({ code: 'unknown-event' });
  const why = new RegExp(`position ${position} is of a type or version .*id ${newerSchemaId}.*upgrade`);
  expect(processor.stopped?.message).toMatch(why);
  await expect(gateway.submit(claim('x1'))).rejects.toMatchObject({
    code: 'stopped',
    message: expect.stringMatching(why),
  });
});
