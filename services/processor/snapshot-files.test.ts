import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSnapshotFiles } from './snapshot-files.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapshots-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function* pieces(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = [];
  for await (const piece of bytes) all.push(piece);
  return Buffer.concat(all).toString();
}

test('what was written is listed newest first, read again, and removed', async () => {
  const store = await openSnapshotFiles(directory, 's.processor');
  const other = await openSnapshotFiles(directory, 's.api');
  await store.write('01', pieces('a', 'b'));
  await store.write('02', pieces('c'));
  await other.write('03', pieces('d'));
  expect(await store.list()).toEqual(['02', '01']);
  expect(await textOf(store.read('01'))).toBe('ab');
  await store.remove('02');
  expect(await store.list()).toEqual(['01']);
});

test('one that fails half way leaves nothing', async () => {
  const store = await openSnapshotFiles(directory, 's');
  async function* failing() {
    yield Buffer.from('a');
    throw new Error('half way');
  }
  await expect(store.write('01', failing())).rejects.toThrow('half way');
  expect(await readdir(directory)).toEqual([]);
});

test('reading one that is damaged, or gone, fails', async () => {
  const store = await openSnapshotFiles(directory, 's');
  await writeFile(join(directory, 's.01.snapshot.gz'), 'not packed');
  await expect(textOf(store.read('01'))).rejects.toThrow();
  await expect(textOf(store.read('02'))).rejects.toThrow();
});

test('parts that a dead process left are removed, those of a living one are not', async () => {
  const [old, fresh] = [join(directory, 's.01.old.part'), join(directory, 's.02.fresh.part')];
  await writeFile(old, '');
  await writeFile(fresh, '');
  await utimes(old, 0, 0);
  await openSnapshotFiles(directory, 's');
  expect(await readdir(directory)).toEqual(['s.02.fresh.part']);
});
