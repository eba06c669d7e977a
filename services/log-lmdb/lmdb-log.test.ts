import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRuntime, type ShardLog } from '@holdfast/log';
import { describeShardLog } from '@holdfast/log/conformance';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logUnderTest } from './fixture.js';
import { openLmdbLog } from './lmdb-log.js';
import type { LmdbLogOptions } from './options.js';
import { peekLmdbLog } from './peek.js';

const day = 24 * 60 * 60 * 1_000;
let directory: string;
let opened: ShardLog[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-log-'));
  opened = [];
});
afterEach(async () => {
  for (const log of opened) await log.close();
  await rm(directory, { recursive: true });
});

async function open(options: Partial<LmdbLogOptions> = {}) {
  const log = await openLmdbLog({ directory, shard: 's', runtime: nodeRuntime, ...options });
  opened.push(log);
  return log;
}

const record = (value: number) => ({ key: 'k', value: new Uint8Array([value]) });

describeShardLog('LmdbLog', () => logUnderTest(openLmdbLog));

it('admits one process', async () => {
  expect((await open()).exclusive).toBe(true);
});

it('keeps what the clock says, also when it steps back', async () => {
  const times = [5_000, 40];
  const runtime = { ...nodeRuntime, now: () => times[0]! };
  const log = await open({ runtime });
  await log.append('commands', [record(1)]);
  times.shift();
  await log.append('commands', [record(2)]);
  expect((await log.tail('commands', 0).next())?.map(({ appendTime }) => appendTime)).toEqual([5_000, 40]);
});

it('refuses the directory of another shard, and leaves it usable', async () => {
  await (await open()).close();
  await expect(open({ shard: 'other' })).rejects.toThrow(/holds the log of shard s, not of other/);
  await open();
});

it('takes what was begun before it closes', async () => {
  const log = await open();
  const appends = [log.append('events', [record(1)]), log.append('events', [record(2)])];
  await log.close();
  await Promise.all(appends);
  expect(await (await open()).head('events')).toBe(2);
});

it('appends nothing of a list with a key that is too long, and lets its neighbours through', async () => {
  const log = await open();
  const long = { key: 'k'.repeat(70_000), value: new Uint8Array() };
  const [one, bad, two] = await Promise.allSettled([
    log.append('events', [record(1)]),
    log.append('events', [record(9), long]),
    log.append('events', [record(2)]),
  ]);
  expect([one.status, two.status]).toEqual(['fulfilled', 'fulfilled']);
  expect(bad).toMatchObject({ reason: { code: 'too-large' } });
  expect((await log.tail('events', 0).next())?.map(({ value }) => value[0])).toEqual([1, 2]);
});

describe('a trim', () => {
  it('leaves what is younger than the retention, and what is not below the position', async () => {
    let now = 0;
    const log = await open({ runtime: { ...nodeRuntime, now: () => now } });
    for (const at of [0, 1, 2, 3, 4]) {
      now = at * day;
      await log.append('commands', [record(at)]);
    }
    expect(await log.trim('commands', 5)).toBe(0);
    now = 9 * day;
    expect(await log.trim('commands', 1)).toBe(1);
    expect(await log.trim('commands', 5)).toBe(2);
    expect(await log.start('commands')).toBe(2);
    expect((await log.tail('commands', 2).next())?.map(({ value }) => value[0])).toEqual([2, 3, 4]);
  });

  it('of all that there is leaves a stream that ends where it begins, also to who only looks into it', async () => {
    const log = await open({ commandsRetentionMs: -1 });
    await log.append('commands', [record(0), record(1)]);
    await log.trim('commands', 2);
    await log.close();
    const ends = await peekLmdbLog({ directory, shard: 's' }, async (peeked) => [
      await peeked.start('commands'),
      await peeked.head('commands'),
    ]);
    expect(ends).toEqual([2, 2]);
  });

  it('stops a tail that had not read what it removes', async () => {
    const log = await open({ commandsRetentionMs: -1 });
    await log.append('commands', [record(0), record(1)]);
    const tail = log.tail('commands', 0);
    await log.trim('commands', 2);
    await expect(tail.next()).rejects.toMatchObject({ code: 'out-of-range' });
  });
});
