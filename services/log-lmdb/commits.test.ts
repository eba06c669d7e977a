import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LogError } from '@holdfast/log';
import type { Database, RootDatabase } from 'lmdb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Commits, type Owners, openEnvironment } from './commits.js';
import type { Ownership } from './ownership.js';

let directory: string;
let root: RootDatabase;
let owners: Owners;
let db: Database<Buffer, number>;
let commits: Commits;
let there: boolean;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-commits-'));
  root = openEnvironment(join(directory, 'log.mdb'));
  owners = root.openDB('owners', { encoding: 'binary' });
  db = root.openDB('events', { encoding: 'binary' });
  commits = new Commits(owners, () => 0.25);
  there = true;
  // As if the file were looked at too early: only the transaction can tell.
  const blind = { check() {}, settle: () => there, assert() {}, lose: (error: LogError) => error };
  commits.begin({ ...blind, stranger: (found: string) => new LogError('in-use', found) } as unknown as Ownership);
});
afterEach(async () => {
  await root.close();
  await rm(directory, { recursive: true });
});

const append = (key: number) =>
  commits.commit({ absent: { db, key }, write: () => void db.put(key, Buffer.from('ours')) });

it('writes nothing where another is the owner by now', async () => {
  await append(0);
  const other = Buffer.alloc(8);
  other.writeDoubleLE(0.75);
  owners.putSync('owner', other);
  await expect(append(1)).rejects.toMatchObject({ code: 'in-use' });
  expect(db.get(1)).toBeUndefined();
});

it('writes nothing where another has appended, nor what others brought with it', async () => {
  await append(0);
  db.putSync(1, Buffer.from('theirs'));
  const results = await Promise.allSettled([append(2), append(1)]);
  expect(results).toMatchObject([{ reason: { code: 'in-use' } }, { reason: { code: 'in-use' } }]);
  expect([db.get(1)?.toString(), db.get(2)]).toEqual(['theirs', undefined]);
});

it('takes nothing for written that is not in the file afterwards', async () => {
  there = false;
  await expect(append(0)).rejects.toThrow('LMDB did not commit');
});

/** Commits until one fails, as the file may not grow beyond what the shell lets it; what nobody handles ends it. */
const untilOneFails = `
  const { Commits, openEnvironment } = await import(process.argv[1]);
  const root = openEnvironment(process.argv[2]);
  const db = root.openDB('events', { encoding: 'binary' });
  const commits = new Commits(root.openDB('owners', { encoding: 'binary' }), () => 0.25);
  commits.begin({ check() {}, settle: () => true, assert() {} });
  for (let key = 0, failed = false; !failed && key < 500; key++) {
    const write = () => void db.put(key, Buffer.alloc(8_000)).catch(() => {});
    await commits.commit({ absent: { db, key }, write }).catch((error) => {
      failed = true;
      process.stdout.write('told: ' + error.message);
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  process.stdout.write(' lives');
`;

it('a commit that fails is told to whoever asked for it, and ends nothing', async () => {
  const built = fileURLToPath(new URL('dist/commits.js', import.meta.url));
  const limited = `trap '' XFSZ; ulimit -f 1000; exec "$0" --input-type=module -e "$1" "$2" "$3"`;
  const args = ['-c', limited, process.execPath, untilOneFails, built, join(directory, 'small.mdb')];
  // Who it is ended by afterwards tells nothing.
  const { stdout } = await promisify(execFile)('bash', args).catch((ended: { stdout: string }) => ended);
  expect(stdout).toMatch(/^told: .* lives$/);
});
