import { spawnSync } from 'node:child_process';
import { closeSync, openSync, writeSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRuntime } from '@holdfast/log';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { build, here } from './fixture.js';
import { openLmdbLog } from './lmdb-log.js';
import { readMetas } from './meta-page.js';
import { boundedFromPages, checkPages } from './pages.js';

const child = `
  import { nodeRuntime } from '@holdfast/log';
  import { openLmdbLog } from '@holdfast/log-lmdb';
  const log = await openLmdbLog({ directory: process.argv[1], shard: 's', runtime: nodeRuntime });
  if (process.argv[2] === 'die') process.kill(process.pid, 'SIGKILL');
  const tail = log.tail('events', 0);
  for (let position = 0; position < (await log.head('events')); ) position += (await tail.next()).length;
  await log.close();
`;
/** In more pages than are looked at after a clean end, and leaves enough for some to be in the middle. */
const large = { key: 'k', value: Buffer.alloc(16_000, 1) };
const count = 6_500;

let directory: string;
let path: string;
beforeAll(async () => {
  build();
  directory = await mkdtemp(join(tmpdir(), 'holdfast-ends-'));
  path = join(directory, 'log.mdb');
  const log = await open();
  for (let n = 0; n < count; n += 250)
    await log.append(
      'events',
      Array.from({ length: 250 }, () => large),
    );
  await log.close();
});
afterAll(() => rm(directory, { recursive: true }));

const open = () => openLmdbLog({ directory, shard: 's', runtime: nodeRuntime });
const run = (...args: string[]) =>
  spawnSync(process.execPath, ['--input-type=module', '-e', child, directory, ...args], { cwd: here, timeout: 30_000 });
const uncleanEnds = () => readFile(join(directory, 'opened'), 'utf8').catch(() => null);

/**
 * Damages one leaf after the other, until it is one that is not looked at after a clean end. Gives the page's number,
 * and how to mend it.
 */
async function damageMiddle(): Promise<{ page: number; mend(): void }> {
  const contents = await readFile(path);
  const descriptor = openSync(path, 'r+');
  const pages = readMetas(descriptor)!.newest.pages;
  expect(pages).toBeGreaterThan(boundedFromPages[0]);
  const found = (look: 'all' | 'bounded') => {
    try {
      checkPages(descriptor, look);
      return false;
    } catch {
      return true;
    }
  };
  for (let page = Math.floor(pages / 2); page < pages; page++) {
    const at = page * 4_096;
    if (contents.readUInt16LE(at + 18) !== 2 || Number(contents.readBigUInt64LE(at)) !== page) continue;
    // Each node, as if it began at the end of the page and went on beyond it.
    const sound = contents.subarray(at, at + 4_096);
    const damaged = Buffer.from(sound);
    for (let n = 24; n < 24 + sound.readUInt16LE(20); n += 2) damaged.writeUInt16LE(0xffff, n);
    writeSync(descriptor, damaged, 0, 4_096, at);
    const mend = () => void writeSync(descriptor, sound, 0, 4_096, at);
    if (found('all') && !found('bounded')) {
      return {
        page,
        mend: () => {
          mend();
          closeSync(descriptor);
        },
      };
    }
    mend();
  }
  throw new Error('there is no such leaf');
}

it('counts the ends in a row that were not clean, and forgets them at one that is', async () => {
  expect(await uncleanEnds()).toBeNull();
  for (let times = 0; times < 2; times++) expect(run('die').signal).toBe('SIGKILL');
  // The second start looked at all, and found it sound.
  expect(await uncleanEnds()).toBe('1');
  const log = await open();
  await log.close();
  expect(await uncleanEnds()).toBeNull();
});

it('the start after an end that was not clean looks at a large log as a whole, and says which page is damaged', async () => {
  const { page, mend } = await damageMiddle();
  try {
    // As after a clean end: it begins, and says so where it comes to that page.
    const first = run('read');
    expect([first.status, first.signal]).toEqual([1, null]);
    expect(String(first.stderr)).toContain(`page ${page} of the log file`);
    for (let times = 0; times < 2; times++) {
      await expect(open()).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringMatching(new RegExp(`page ${page} of the log file .*; put the newest undamaged copy`)),
      });
    }
  } finally {
    mend();
  }
  await (await open()).close();
  expect(run('read')).toMatchObject({ status: 0, signal: null });
});

it('looks at all of a log, however large, after two ends in a row that were not clean', async () => {
  const { mend } = await damageMiddle();
  const descriptor = openSync(path, 'r');
  try {
    const times = [0, 1, 2, 9].map((ends) => {
      try {
        return checkPages(descriptor, 'bounded', ends);
      } catch {
        return 'damaged';
      }
    });
    expect(times).toEqual([false, 'damaged', 'damaged', 'damaged']);
    expect([...boundedFromPages]).toEqual([25_000, 250_000, Number.POSITIVE_INFINITY]);
  } finally {
    closeSync(descriptor);
    mend();
  }
});

it('takes whatever stands in that file for an end that was not clean', async () => {
  for (const text of ['', 'x', '-1']) {
    await writeFile(join(directory, 'opened'), text);
    await (await open()).close();
    expect(await uncleanEnds()).toBeNull();
  }
});
