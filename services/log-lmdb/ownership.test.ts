import { execFileSync } from 'node:child_process';
import { closeSync, linkSync, openSync, readSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openEnvironment } from './commits.js';
import { headsOf, Ownership } from './ownership.js';

let directory: string;
let root: RootDatabase;
let db: Database<number, string>;
let ownership: Ownership;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-ownership-'));
  const path = join(directory, 'log.mdb');
  root = openEnvironment(path);
  db = root.openDB('numbers', { encoding: 'json' });
  // Under another name it has another lock file of LMDB's, so that two who open it share no mutex.
  linkSync(path, join(directory, 'other.mdb'));
  ownership = new Ownership(path, headsOf(path, { isOf: () => true }), () => {});
});
afterEach(async () => {
  await root.close();
  await rm(directory, { recursive: true });
});

const script = `
  import { open } from 'lmdb';
  const root = open({ path: process.argv[1], overlappingSync: false, maxDbs: 8 });
  root.openDB('numbers', { encoding: 'json' }).putSync('alive at', 1);
  process.exit(0);`;

function anotherWrites(): void {
  const args = ['--input-type=module', '-e', script, join(directory, 'other.mdb')];
  execFileSync(process.execPath, args, { cwd: import.meta.dirname });
}

/** One of the file's first two pages. */
function head(descriptor: number, page: number): Buffer {
  const bytes = Buffer.alloc(4_096);
  readSync(descriptor, bytes, 0, bytes.length, page * bytes.length);
  return bytes;
}

/** What LMDB says where two racing transactions made the same page another's. */
const keyExists = Object.assign(new Error('MDB_KEYEXIST: Key/data pair already exists'), { code: -30_799 });
const fails = () => {
  throw keyExists;
};

it('takes one write after the other while nobody else writes', () => {
  for (let n = 0; n < 3; n++) ownership.during(() => db.putSync('ours', n));
  ownership.during(() => root.openDB('more', {}));
  ownership.during(() => root.openDB('more', {}));
  ownership.check();
  expect(db.get('ours')).toBe(2);
});

it('writes nothing where another has written since', () => {
  anotherWrites();
  const wrote: true[] = [];
  expect(() => ownership.during(() => wrote.push(true))).toThrow(expect.objectContaining({ code: 'in-use' }));
  expect(wrote).toEqual([]);
});

it('tells of another who wrote meanwhile, where LMDB tells of a key that exists', () => {
  const write = () =>
    ownership.during(() => {
      anotherWrites();
      fails();
    });
  expect(write).toThrow(expect.objectContaining({ code: 'in-use' }));
});

it('knows a commit of its own that is under way from another', () => {
  db.putSync('ours', 1);
  ownership.glance();
  expect(ownership.settle()).toBe(true);
  anotherWrites();
  anotherWrites();
  expect(() => ownership.glance()).toThrow(expect.objectContaining({ code: 'in-use' }));
});

it('tells of another who did not know of our commits, as one that was suspended within its own', () => {
  const descriptor = openSync(join(directory, 'log.mdb'), 'r+');
  const before = [0, 1].map((page) => head(descriptor, page));
  for (let n = 0; n < 5; n++) ownership.during(() => db.putSync('ours', n));
  writeSync(descriptor, before[1]!, 0, before[1]!.length, before[1]!.length);
  closeSync(descriptor);
  expect(() => ownership.check()).toThrow(expect.objectContaining({ code: 'in-use' }));
});

it("leaves LMDB's error as it is where nobody else wrote", () => {
  expect(() => ownership.during(fails)).toThrow(keyExists);
  ownership.check();
});
