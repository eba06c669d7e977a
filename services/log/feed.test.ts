import type { DecodedEvent, Event } from '@holdfast/events';
import { describe, expect, it } from 'vitest';
import { GroupFeed, type GroupFeedOptions } from './feed.js';
import type { Group } from './group.js';
import { logLimits } from './limits.js';
import { MemoryLog } from './memory.js';
import { nodeRuntime } from './node-runtime.js';
import { EventWriter, readAll } from './reader-fixture.js';

const codec = {
  decodeEvent(value: Uint8Array): DecodedEvent<Event> {
    const { body, ...decoded } = JSON.parse(Buffer.from(value.subarray(1)).toString());
    return { ...decoded, body: Buffer.from(body) };
  },
};
const encode = (event: DecodedEvent<Event>) => ({ key: '', value: Buffer.from(`\0${JSON.stringify(event)}`) });

async function logOf(...events: DecodedEvent<Event>[]) {
  const log = new MemoryLog({ shard: 's', runtime: { now: () => 0 } });
  await log.append('events', events.map(encode));
  return log;
}

/** A feed that notes what its listeners are told. */
function noted(options: Omit<GroupFeedOptions, 'codec'>) {
  const told: string[] = [];
  const feed = new GroupFeed({ ...options, codec });
  feed.subscribe({
    group: ({ sequence }) => void told.push(`group to ${sequence}`),
    read: (position) => told.push(`read ${position}`),
    epoch: () => told.push(`epoch ${feed.reader.epoch}${feed.reader.ended ? ' ended' : ''}`),
    stopped: (error) => told.push(`stopped: ${error.message}`),
  });
  feed.start();
  return { feed, told };
}

const stopped = (feed: GroupFeed) => new Promise<Error>((resolve) => feed.subscribe({ stopped: resolve }));

it('hands out groups, epochs and positions in the order of the log, old and new', async () => {
  const a = new EventWriter(1, 'a');
  const log = await logOf(a.claim(), ...a.group(2), ...a.group(1));
  const { feed, told } = noted({ log });
  await feed.caughtUpWith(4);
  expect(told).toEqual(['epoch 1', 'group to 2', 'group to 3', 'read 4']);
  await log.append('events', [...a.group(2), a.end()].map(encode));
  await feed.caughtUpWith(7);
  expect(told.slice(4)).toEqual(['group to 5', 'epoch 1 ended', 'read 7']);
  expect(feed.position).toBe(7);
  await feed.close();
});

it('says how far it read although a group is not complete', async () => {
  const a = new EventWriter(1, 'a');
  const { feed, told } = noted({ log: await logOf(a.claim(), ...a.group(3).slice(0, 2)) });
  await feed.caughtUpWith(3);
  expect(told).toEqual(['epoch 1', 'read 3']);
  expect(feed.reader.checkpoint().resume).toBe(1);
  await feed.close();
});

it('passes over strays, between the events of a group too, and says where they are', async () => {
  const a = new EventWriter(1, 'a');
  const [first, second] = a.group(2).map(encode);
  const log = new MemoryLog({ shard: 's', runtime: { now: () => 0 } });
  const stray = (...bytes: number[]) => ({ key: 'any', value: Uint8Array.from(bytes) });
  await log.append('events', [stray(), encode(a.claim()), first!, stray(0, 0, 0, 1), stray(1, 2, 3, 4, 5, 6), second!]);
  const { feed, told } = noted({ log });
  const strays: number[] = [];
  feed.subscribe({ stray: (position) => strays.push(position) });
  await feed.caughtUpWith(6);
  expect(told).toEqual(['epoch 1', 'group to 2', 'read 6']);
  expect(strays).toEqual([0, 3, 4]);
  expect(feed.reader).toMatchObject({ strays: 3, position: 6, held: 0 });
  await feed.close();
});

it('begins at a checkpoint', async () => {
  const a = new EventWriter(1, 'a');
  const first = [a.claim(), ...a.group(2)];
  const checkpoint = readAll(first).reader.checkpoint();
  const { feed, told } = noted({ log: await logOf(...first, ...a.group(1)), checkpoint });
  await feed.caughtUpWith(4);
  expect(told).toEqual(['group to 3', 'read 4']);
  await feed.close();
});

it('lets the event loop turn during a long replay', async () => {
  const a = new EventWriter(1, 'a');
  const log = await logOf(a.claim(), ...Array.from({ length: 4_100 }, () => a.group(1)).flat());
  let turns = 0;
  const turn = async () => void turns++;
  const { feed } = noted({ log, turn });
  await feed.caughtUpWith(4_101);
  expect(turns).toBe(Math.floor(4_101 / logLimits.feedEventsPerTurnMax));
  await feed.close();
});

it('no longer tells who unsubscribed', async () => {
  const a = new EventWriter(1, 'a');
  const log = await logOf(a.claim());
  const { feed } = noted({ log });
  const groups: Group[] = [];
  const end = feed.subscribe({ group: (group) => void groups.push(group) });
  await log.append('events', a.group(1).map(encode));
  await feed.caughtUpWith(2);
  end();
  await log.append('events', a.group(1).map(encode));
  await feed.caughtUpWith(3);
  expect(groups).toHaveLength(1);
  await feed.close();
});

describe('stops, tells everybody once, and rejects who waits', () => {
  it.each([
    ['an event contradicts the log', () => encode(new EventWriter(3, 'c').group(1)[0]!), 'no claim announced'],
    [
      'an event cannot be decoded',
      () => ({ key: '', value: Buffer.from('\0rubbish') }),
      'position 1 cannot be decoded',
    ],
  ])('when %s', async (_, bad, why) => {
    const log = await logOf(new EventWriter(1, 'a').claim());
    const errors: Error[] = [];
    const { feed, told } = noted({ log, onStop: (error) => errors.push(error) });
    const [waiting, stop] = [feed.caughtUpWith(100), stopped(feed)];
    await log.append('events', [bad(), bad()]);
    await expect(waiting).rejects.toThrow(why);
    expect(await stop).toMatchObject({ code: 'corrupt' });
    expect(feed.stopped).toBe(await stop);
    expect(errors).toEqual([feed.stopped]);
    expect(told.filter((line) => line.startsWith('stopped'))).toHaveLength(1);
    await expect(feed.caughtUpWith(1)).rejects.toThrow(why);
  });

  it('when the log is shorter than what was read', async () => {
    const a = new EventWriter(1, 'a');
    const { reader } = readAll([a.claim(), ...a.group(5)]);
    const { feed } = noted({ log: await logOf(a.claim()), checkpoint: reader.checkpoint() });
    expect(await stopped(feed)).toMatchObject({ code: 'lost' });
  });

  it('when a listener throws, also if another throws on hearing of it', async () => {
    const a = new EventWriter(1, 'a');
    const feed = new GroupFeed({ log: await logOf(a.claim(), ...a.group(1)), codec });
    feed.subscribe({
      group: () => {
        throw new Error('a bug');
      },
      stopped: () => {
        throw new Error('another');
      },
    });
    const stop = stopped(feed);
    feed.start();
    expect((await stop).message).toBe('a bug');
  });

  it('when the log is closed under it', async () => {
    const log = await logOf();
    const { feed } = noted({ log });
    const stop = stopped(feed);
    await log.close();
    expect(await stop).toMatchObject({ code: 'closed' });
  });
});

it('once closed hands out nothing, rejects who waits, and is not stopped', async () => {
  const a = new EventWriter(1, 'a');
  const log = await logOf(a.claim());
  const { feed, told } = noted({ log });
  await feed.caughtUpWith(1);
  const waiting = expect(feed.caughtUpWith(2)).rejects.toMatchObject({ code: 'closed' });
  await feed.close();
  await waiting;
  await log.append('events', a.group(1).map(encode));
  expect(told).toEqual(['epoch 1', 'read 1']);
  expect(feed.stopped).toBeNull();
  await expect(feed.caughtUpWith(0)).rejects.toMatchObject({ code: 'closed' });
});

it('hands out nothing after a listener closed it', async () => {
  const a = new EventWriter(1, 'a');
  const feed = new GroupFeed({ log: await logOf(a.claim(), ...a.group(1), ...a.group(1)), codec });
  const groups: Group[] = [];
  const first = new Promise<void>((resolve) => {
    feed.subscribe({
      group: (group) => {
        groups.push(group);
        void feed.close();
        resolve();
      },
    });
  });
  feed.start();
  await first;
  await feed.close();
  expect(groups).toHaveLength(1);
});

it('stops where the log is shorter than what was read', async () => {
  const a = new EventWriter(1, 'a');
  const log = await logOf(a.claim(), ...a.group(2));
  const head = log.head.bind(log);
  const { feed, told } = noted({ log });
  await feed.caughtUpWith(3);
  expect(await feed.head()).toBe(3);
  log.head = async (stream) => (await head(stream)) - 1;
  await expect(feed.head()).rejects.toMatchObject({ code: 'lost' });
  expect(feed.stopped?.message).toMatch(/lost its tail/);
  expect(told.filter((text) => text.startsWith('stopped'))).toHaveLength(1);
});

it('reads to the head, and stops where what it has yet to read is lost meanwhile', async () => {
  const a = new EventWriter(1, 'a');
  const soon = (_: number, callback: () => void) => nodeRuntime.after(1, callback);
  const log = Object.assign(await logOf(a.claim(), ...a.group(2)), { after: soon });
  const whole = noted({ log });
  await whole.feed.readToHead();
  expect(whole.told).toContain('group to 2');
  // As it was before its last two were gone.
  const head = log.head.bind(log);
  let asked = 0;
  log.head = async (stream) => (await head(stream)) + (asked++ === 0 ? 2 : 0);
  const { feed, told } = noted({ log });
  const error = { code: 'lost', message: expect.stringContaining('events went up to position 5, and now ends at 3') };
  await expect(feed.readToHead()).rejects.toMatchObject(error);
  expect(feed.stopped).toMatchObject(error);
  expect(told.filter((text) => text.startsWith('stopped'))).toHaveLength(1);
});
