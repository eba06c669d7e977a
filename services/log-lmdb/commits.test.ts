import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { LogError } from '@holdfast/log';
import type { Database, RootDatabase } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Commits, damagesHeap, type Owners, openEnvironment } from './commits.js';
import type { Ownership } from './ownership.js';

let directory: string;
let root: RootDatabase;
let owners: Owners;
let db: Database<Buffer, number>;
let commits: Commits;
let there: boolean;
let probe: () => Promise<void>;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-commits-'));
  root = openEnvironment(join(directory, 'log.mdb'));
  owners = root.openDB('owners', { encoding: 'binary' });
  db = root.openDB('events', { encoding: 'binary' });
  commits = new Commits(owners, () => 0.25);
  there = true;
  probe = async () => {};
  // As if the file were looked at too early: only the transaction can tell.
  const blind = { check() {}, settle: () => there, assert() {}, lose: (error: LogError) => error };
  const ownership = { ...blind, stranger: (found: string) => new LogError('in-use', found) } as unknown as Ownership;
  commits.begin(ownership, { probe: () => probe() });
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

it('whoever looks while a commit is under way hears what was found behind it', async () => {
  let lost: LogError | null = null;
  const found = new LogError('in-use', 'another wrote while this process was suspended');
  const ownership = {
    check() {},
    settle() {
      lost = found;
      throw found;
    },
    assert() {
      if (lost !== null) throw lost;
    },
  };
  commits.begin(ownership as unknown as Ownership);
  await commits.look();
  const committing = append(0);
  const looking = commits.look();
  await expect(committing).rejects.toBe(found);
  await expect(looking).rejects.toBe(found);
});

it('takes nothing for written that is not in the file afterwards', async () => {
  there = false;
  await expect(append(0)).rejects.toThrow('LMDB did not commit');
});

it('writes nothing where the disk takes nothing by the time it would be written', async () => {
  const asked: number[] = [];
  probe = async () => void asked.push(asked.length);
  const first = append(0);
  await new Promise<void>((resolve) => queueMicrotask(resolve));
  // It waits for the first one, while which the disk fails.
  const second = append(1);
  probe = () => Promise.reject(new LogError('full', 'read-only'));
  await first;
  await expect(second).rejects.toMatchObject({ code: 'full' });
  expect([asked, db.get(0)?.toString(), db.get(1)]).toEqual([[0], 'ours', undefined]);
  probe = async () => {};
  await append(1);
  expect(db.get(1)?.toString()).toBe('ours');
});

it('knows by what LMDB says whether it wrote beyond the place for that', () => {
  const said = (...numbers: number[]) => {
    const [position, size, blocks, a, b, c] = numbers;
    return new Error(
      `Read-only file system: Attempting to write page at position ${position}, size ${size}, blocks ${blocks}, buffer sizes ${a} ${b} ${c}`,
    );
  };
  // As seen.
  expect(damagesHeap(said(290_816, 4_096, 1, 4_096, 4_096, 0))).toBe(false);
  expect(damagesHeap(said(217_088, 4_096, 1, 4_096, 1_015_769_568, 670_276_304))).toBe(true);
  expect(damagesHeap(said(1, 4_096, 1, 4_096, 1_015_769_568, 670_276_304))).toBe(false);
  expect(damagesHeap(said(1, 4_096, 1, 4_096, 1_015_769_568, -670_276_304))).toBe(true);
  expect(damagesHeap(new Error('Input/output error'))).toBe(false);
  expect(damagesHeap(new Error('No space left on device'.padEnd(200)))).toBe(false);
});

/** Commits until one fails, as the file may not grow beyond what the shell lets it; what nobody handles ends it. */
const untilOneFails = `
  const { Commits, openEnvironment } = await import(process.argv[1]);
  const root = openEnvironment(process.argv[2]);
  const db = root.openDB('events', { encoding: 'binary' });
  const owners = root.openDB('owners', { encoding: 'binary' });
  const commits = new Commits(owners, () => 0.25);
  const end = (error, why) => process.stdout.write('ended: ' + error.message + why + '; ');
  const stranger = () => {
    const other = Buffer.alloc(8);
    other.writeDoubleLE(0.75);
    owners.putSync('owner', other);
  };
  const settle = () => {
    if (db.get(now) === undefined && process.argv[3] === 'stranger') stranger();
    return true;
  };
  const ownership = { check() {}, settle, assert() {}, stranger: (found) => new Error(found), lose: (error) => error };
  let now = 0;
  commits.begin(ownership, process.argv[3] === 'end' ? {} : { end });
  for (let key = 0, failed = false; !failed && key < 500; key++) {
    now = key;
    const write = () => void db.put(key, Buffer.alloc(8_000)).catch(() => {});
    await commits.commit({ absent: { db, key }, write }).catch((error) => {
      failed = true;
      process.stdout.write('told: ' + error.message);
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 200));
  process.stdout.write(' lives');
`;

describe('a commit that fails', () => {
  const run = async (...args: string[]) => {
    const built = fileURLToPath(new URL('dist/commits.js', import.meta.url));
    const limited = `trap '' XFSZ; ulimit -f 1000; exec "$0" --input-type=module -e "$@"`;
    const command = ['-c', limited, process.execPath, untilOneFails, built, join(directory, 'small.mdb'), ...args];
    // Who it is ended by afterwards tells nothing.
    type Ended = { stdout: string; stderr: string; signal?: string | null };
    return promisify(execFile)('bash', command).catch((ended: Ended) => ended) as Promise<Ended>;
  };

  it('is told to whoever asked for it, and ends nothing', async () => {
    expect((await run()).stdout).toMatch(/^(ended: .*; )?told: .* lives$/s);
  });

  it('finds another that committed in that moment', async () => {
    expect((await run('stranger')).stdout).toMatch(/^(ended: .*; )?told: it has another owner lives$/s);
  });

  it('and leaves a damaged heap, ends the process at once, which says why', async () => {
    const { stdout, stderr, signal } = await run('end');
    // By what was in memory LMDB may have had the room it needs.
    if (stdout !== '') return expect(stdout).toMatch(/^told: .* lives$/);
    expect([signal, stderr]).toEqual([
      'SIGKILL',
      expect.stringMatching(
        /holdfast: the log's disk could not be written \(.*Attempting to write page.*\), and LMDB damaged .*See to the disk\./,
      ),
    ]);
  });
});
