import { cpSync, lstatSync, mkdtempSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRuntime } from '@holdfast/log';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbLog } from './lmdb-log.js';
import type { LmdbLog } from './options.js';
import { makeReaderTable } from './reader-table.js';

let directory: string;
let opened: LmdbLog[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'holdfast-readers-'));
  opened = [];
});
afterEach(async () => {
  for (const log of opened) await log.close();
  rmSync(directory, { recursive: true });
});

const open = async (name: string) => {
  const log = await openLmdbLog({ directory: join(directory, name), shard: 's', runtime: nodeRuntime });
  opened.push(log);
  return log;
};
const lockOf = (name: string) => join(directory, name, 'log.mdb-lock');
const append = (log: LmdbLog, ...values: number[]) =>
  log.append(
    'events',
    values.map((value) => ({ key: 'k', value: Buffer.from([value]) })),
  );
const read = async (log: LmdbLog) => {
  const tail = log.tail('events', 0);
  const values: number[] = [];
  while (values.length < (await log.head('events'))) {
    for (const { value } of (await tail.next())!) values.push(value[0]!);
  }
  tail.close();
  return values;
};
const there = (path: string) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

describe.skipIf(process.platform !== 'linux')("LMDB's lock file", () => {
  it('is in memory while the log is open, and nowhere after it', async () => {
    const log = await open('log');
    const target = readlinkSync(lockOf('log'));
    expect(target).toMatch(/^\/dev\/shm\/holdfast-/);
    // Every block of it.
    expect(statSync(target).blocks * 512).toBeGreaterThanOrEqual(12 * 1024);
    await log.close();
    expect([there(lockOf('log')), there(target)]).toEqual([false, false]);
  });

  it("of a copy that was made while the log was open is not the original's", async () => {
    const original = await open('original');
    await append(original, 1, 2);
    cpSync(join(directory, 'original'), join(directory, 'copy'), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (from) => !/lock\.[\ds]/.test(from),
    });
    for (const value of [3, 4, 5]) await append(original, value);
    expect(readlinkSync(lockOf('copy'))).toBe(readlinkSync(lockOf('original')));
    const copy = await open('copy');
    expect(readlinkSync(lockOf('copy'))).not.toBe(readlinkSync(lockOf('original')));
    await append(copy, 9);
    await append(original, 6);
    expect([await read(copy), await read(original)]).toEqual([
      [1, 2, 9],
      [1, 2, 3, 4, 5, 6],
    ]);
  });

  it('that a former version left, or a link that leads to nothing, is replaced', async () => {
    for (const leave of [
      () => writeFileSync(lockOf('log'), Buffer.alloc(8_192)),
      () => symlinkSync('/dev/shm/holdfast-gone', lockOf('log')),
    ]) {
      const former = await open('log');
      await former.close();
      leave();
      const log = await open('log');
      expect(readlinkSync(lockOf('log'))).toMatch(/^\/dev\/shm\/holdfast-\d/);
      await append(log, 1);
      await log.close();
    }
  });

  it('is in the directory where the place in memory is taken, or a lock may not reach everybody', () => {
    const log = statSync(directory, { bigint: true });
    const path = join(directory, 'log.mdb');
    const taken = `/dev/shm/holdfast-${process.getuid!()}-${log.dev}-${log.ino}-lock`;
    symlinkSync('/etc/hostname', taken);
    try {
      makeReaderTable(path, log, true).release();
      expect(lstatSync(`${path}-lock`)).toMatchObject({ size: 12 * 1024 });
      expect(readlinkSync(taken)).toBe('/etc/hostname');
    } finally {
      rmSync(taken);
    }
    symlinkSync('/dev/shm/holdfast-gone', join(directory, 'far-lock'));
    makeReaderTable(join(directory, 'far'), log, false);
    expect(lstatSync(join(directory, 'far-lock')).isFile()).toBe(true);
  });
});
