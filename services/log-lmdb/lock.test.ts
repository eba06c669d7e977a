import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { nodeRuntime } from '@holdfast/log';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lockDirectory } from './lock.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-lock-'));
});
afterEach(() => rm(directory, { recursive: true }));
const lock = () => lockDirectory(directory, nodeRuntime);

it('is held once, and says who holds it and what to do', async () => {
  const held = await lock();
  const refused = await lock().catch((error: unknown) => error);
  expect(refused).toMatchObject({ name: 'LogError', code: 'in-use' });
  const told = (refused as Error).message;
  for (const part of [directory, String(process.pid), 'stop that one']) expect(told).toContain(part);
  await held.release();
  await (await lock()).release();
});

it('is won by exactly one of many that start at once, after a holder that died and again after a release', async () => {
  for (let round = 0; round < 20; round++) {
    const results = await Promise.allSettled(Array.from({ length: 8 }, lock));
    const winners = results.filter((result) => result.status === 'fulfilled');
    expect(winners).toHaveLength(1);
    for (const result of results) {
      if (result.status === 'rejected') expect(result.reason).toMatchObject({ code: 'in-use' });
    }
    await winners[0]!.value.release();
  }
});

it('is had all the same while somebody removes its files, also right when they are made', async () => {
  const cleaner = new Worker(
    `const { readdirSync, unlinkSync } = require('node:fs');
    const { workerData: directory } = require('node:worker_threads');
    const idle = new Int32Array(new SharedArrayBuffer(4));
    for (;; Atomics.wait(idle, 0, 0, Math.random() * 2)) for (const name of readdirSync(directory)) {
      try { if (/^lock\\.\\d+$/.test(name)) unlinkSync(directory + '/' + name); } catch {}
    }`,
    { eval: true, workerData: directory },
  );
  await once(cleaner, 'online');
  try {
    // It may be faster every time: then that is said.
    const faster = /its lock files are there and are not/;
    let taken = 0;
    for (const end = Date.now() + 15_000; taken < 100 && Date.now() < end; ) {
      const held = await lock().catch((error: Error) => {
        expect(error.message).toMatch(faster);
        return null;
      });
      if (held === null) continue;
      taken++;
      await held.release();
    }
    expect(taken).toBeGreaterThan(0);
  } finally {
    await cleaner.terminate();
  }
});

it('leaves one file behind, however often it was taken', async () => {
  for (let i = 0; i < 5; i++) await (await lock()).release();
  expect(await readdir(directory)).toEqual(['lock.5']);
});

it('works in a directory whose path is longer than a socket takes', async () => {
  const base = directory;
  directory = await mkdtemp(join(base, 'x'.repeat(150)));
  const held = await lock();
  await expect(lock()).rejects.toMatchObject({ code: 'in-use' });
  await held.release();
  directory = base;
});
