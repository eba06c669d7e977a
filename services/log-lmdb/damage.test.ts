import { copyFile, mkdtemp, open as openFile, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeRuntime, type StreamName } from '@holdfast/log';
import { open as openLmdb } from 'lmdb';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLmdbLog } from './lmdb-log.js';
import type { LmdbLog } from './options.js';

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'holdfast-damage-'));
  path = join(directory, 'log.mdb');
});
afterEach(() => rm(directory, { recursive: true }));

const open = () => openLmdbLog({ directory, shard: 's', runtime: nodeRuntime, commandsRetentionMs: -1 });
const count = 300;
const records = Array.from({ length: count }, (_, n) => ({ key: `key-${n}`, value: Buffer.alloc(200, n % 256) }));

async function filled() {
  const log = await open();
  await log.append('events', records.slice(0, 250));
  await log.append('events', records.slice(250));
  await log.append('commands', records);
  return log;
}

async function readAll(stream: StreamName = 'events') {
  const log = await open();
  try {
    const tail = log.tail(stream, await log.start(stream));
    const head = await log.head(stream);
    let position = await log.start(stream);
    while (position < head) position += (await tail.next())!.length;
    return position;
  } finally {
    await log.close();
  }
}

/** Writes over what is at a place of the file. */
async function overwrite(at: number, bytes: Buffer) {
  const file = await openFile(path, 'r+');
  await file.write(bytes, 0, bytes.length, at);
  await file.close();
}

it('tells the position and the stream of a record with another byte in it', async () => {
  await (await filled()).close();
  const file = await openFile(path, 'r');
  const { size } = await file.stat();
  const contents = (await file.read(Buffer.alloc(size), 0, size, 0)).buffer;
  await file.close();
  // Each key stands in both streams.
  for (const n of [0, 123, 260, 299]) {
    const key = Buffer.concat([Buffer.from(`key-${n}`), Buffer.alloc(200, n % 256)]);
    const places: number[] = [];
    for (let at = contents.indexOf(key); at >= 0; at = contents.indexOf(key, at + 1)) places.push(at);
    expect(places.length).toBeGreaterThanOrEqual(2);
    for (const at of places) await overwrite(at + key.length - 7, Buffer.from([(n % 256) ^ 1]));
    for (const stream of ['events', 'commands'] as const) {
      await expect(readAll(stream)).rejects.toMatchObject({
        code: 'corrupt',
        message: expect.stringMatching(
          new RegExp(`position ${n} of ${stream} does not match its checksum; put the newest`),
        ),
      });
    }
    for (const at of places) await overwrite(at + key.length - 7, Buffer.from([n % 256]));
  }
  expect(await readAll()).toBe(count);
});

it('reads what a version without checksums appended, and what was appended after it', async () => {
  await (await filled()).close();
  const root = openLmdb({ path, overlappingSync: false, maxDbs: 8 });
  const frames = root.openDB<Buffer, number>('events', { encoding: 'binary' });
  await frames.put(count, Buffer.from(frames.get(0)!));
  await root.close();
  const log = await open();
  await log.append('events', records.slice(0, 3));
  await log.close();
  expect(await readAll()).toBe(count + 4);
});

it('removes the checksums of what is trimmed, and keeps those of what is left', async () => {
  const log = await filled();
  await log.append('commands', records.slice(0, 10));
  expect(await log.trim('commands', 305)).toBe(305);
  await log.close();
  const root = openLmdb({ path, overlappingSync: false, maxDbs: 8 });
  expect([...root.openDB<Buffer, number>('commands checksums', { encoding: 'binary' }).getKeys()]).toEqual([count]);
  await root.close();
  expect(await readAll('commands')).toBe(310);
});

it('says at once that a file is cut short, or is no log at all', async () => {
  await (await filled()).close();
  const { size } = await stat(path);
  const cases: [string, () => Promise<void>, RegExp][] = [
    [
      'cut within a page',
      () => truncate(path, 40_000),
      /page 9 of the log file is not there: the file ends at byte 40000, and \d+ were/,
    ],
    [
      'cut within its head',
      () => truncate(path, 100),
      /page 0 of the log file is cut short: the file ends at byte 100/,
    ],
    ['another file', () => writeFile(path, 'x'.repeat(size)), /page 0 of the log file is not the head of an LMDB file/],
    ['zeros', () => writeFile(path, Buffer.alloc(size)), /page 0 of the log file is not the head of an LMDB file/],
  ];
  for (const [what, damage, told] of cases) {
    await damage();
    const failed = await open().then(
      () => null,
      (error: unknown) => error,
    );
    expect(failed, what).toMatchObject({ code: 'corrupt', message: expect.stringMatching(told) });
    expect((failed as Error).message, what).toMatch(/put the newest undamaged copy/);
  }
});

it('says which head page is damaged', async () => {
  for (const [at, bytes, told] of [
    [24, [0], /page 0 .* not the head/],
    [4_096 + 28, [9], /page 1 .* has LMDB format 9; 2 was expected/],
    [4_096 + 48, [1], /page 1 .* gives pages of/],
    [24 + 24 + 96 + 8, [255, 255], /page 0 .*is of transaction 65535, and its twin of \d+: they must follow/],
  ] as const) {
    await (await filled()).close();
    await overwrite(at, Buffer.from(bytes));
    await expect(open()).rejects.toMatchObject({ code: 'corrupt', message: expect.stringMatching(told) });
    await rm(path);
  }
});

/** A page in use of each kind. Others hold what was there before, which nobody reads. */
async function pagesByKind(): Promise<Map<string, number>> {
  await copyFile(path, `${path}.sound`);
  const contents = await readFile(path);
  const found = new Map<string, number>();
  const kinds = new Map([
    [1, 'branch'],
    [2, 'leaf'],
    [4, 'large value'],
  ]);
  for (let page = 2; page < contents.length / 4_096; page++) {
    const kind = kinds.get(contents.readUInt16LE(page * 4_096 + 18) & 0x3f);
    if (kind === undefined || found.has(kind)) continue;
    await overwrite(page * 4_096, Buffer.alloc(4_096));
    const used = await open().then(
      (log) => log.close().then(() => false),
      () => true,
    );
    if (used) found.set(kind, page);
    await copyFile(`${path}.sound`, path);
  }
  return found;
}

it('says which page is damaged, before LMDB follows what stands in it', async () => {
  const log = await filled();
  await log.append('events', [{ key: 'large', value: Buffer.alloc(20_000, 7) }]);
  await log.close();
  const kinds = await pagesByKind();
  expect([...kinds.keys()].sort()).toEqual(['branch', 'large value', 'leaf']);
  for (const [kind, page] of kinds) {
    const damages: [string, number, Buffer][] = [
      ['its number', 0, Buffer.from([255, 255])],
      ['its flags', 18, Buffer.from([0, 0])],
      ['where its nodes are', 20, Buffer.from([255, 255, 255, 255])],
      ['zeros', 0, Buffer.alloc(4_096)],
      ['noise', 0, Buffer.alloc(4_096, 255)],
    ];
    if (kind !== 'large value') damages.push(['the place of a node', 24, Buffer.from([255, 255])]);
    for (const [what, at, bytes] of damages) {
      await overwrite(page * 4_096 + at, bytes);
      for (const look of ['all', 'bounded'] as const) {
        const opened = openLmdbLog({ directory, shard: 's', runtime: nodeRuntime, look });
        await expect(opened, `${kind} page ${page}, ${what}`).rejects.toMatchObject({
          code: 'corrupt',
          message: expect.stringMatching(/page \d+ of the log file .*; put the newest undamaged copy .*holdfast copy/),
        });
      }
      await copyFile(`${path}.sound`, path);
    }
  }
  expect(await readAll()).toBe(count + 1);
});

describe('what is damaged while it is in use', () => {
  const key = Buffer.concat([Buffer.from('key-123'), Buffer.alloc(200, 123)]);
  const placesIn = (contents: Buffer) => {
    const places: number[] = [];
    for (let at = contents.indexOf(key); at >= 0; at = contents.indexOf(key, at + 1)) places.push(at);
    return places;
  };
  const positions = async (log: LmdbLog, stream: StreamName, from: number) => {
    const tail = log.tail(stream, from);
    try {
      return (await tail.next())!.map(({ position }) => position);
    } finally {
      tail.close();
    }
  };

  it('a record: is told where it is read, with what is before and after it, and appends go on', async () => {
    const log = await filled();
    try {
      for (const at of placesIn(await readFile(path))) await overwrite(at + 9, Buffer.from([122]));
      for (const stream of ['events', 'commands'] as const) {
        expect((await positions(log, stream, 100)).at(-1)).toBe(122);
        await expect(positions(log, stream, 123)).rejects.toMatchObject({
          code: 'corrupt',
          message: expect.stringMatching(/record at position 123 of \w+ does not match its checksum; put the newest/),
        });
        expect((await positions(log, stream, 124))[0]).toBe(124);
      }
      await log.append('events', records.slice(0, 2));
      expect((await positions(log, 'events', 250)).at(-1)).toBe(count + 1);
    } finally {
      await log.close();
    }
  });

  it('a page: is told where it is read, with what is on those before it, and appends go on', async () => {
    const log = await filled();
    const sound = await readFile(path);
    // What is before the record's key: length (4), flags (2), length of the key (2), LMDB's key, the frame's head (11).
    const flagsOf = (at: number) => {
      for (let node = at - 20; node > at - 48; node--) {
        const whole = node + 8 + sound.readUInt16LE(node + 6) + 11 === at;
        if (whole && sound.readUInt32LE(node) === 11 + key.length) return node + 4;
      }
      throw new Error('no node');
    };
    try {
      // As if it were a large value, with pages of its own.
      for (const at of placesIn(sound)) await overwrite(flagsOf(at), Buffer.from([1]));
      for (const stream of ['events', 'commands'] as const) {
        const told = {
          code: 'corrupt',
          message: expect.stringMatching(/page \d+ of the log file leads to page .*; put the newest/),
        };
        const tail = log.tail(stream, 0);
        let read = 0;
        const reading = (async () => {
          for (;;) read += (await tail.next())!.length;
        })();
        await expect(reading).rejects.toMatchObject(told);
        // There are some 17 on a page.
        expect(read).toBeGreaterThan(100);
        expect(read).toBeLessThanOrEqual(123);
        for (const from of [read, 123]) await expect(positions(log, stream, from)).rejects.toMatchObject(told);
        expect((await positions(log, stream, 200))[0]).toBe(200);
      }
      await log.append('events', records.slice(0, 2));
      expect((await positions(log, 'events', 250)).at(-1)).toBe(count + 1);
    } finally {
      await log.close();
    }
    await writeFile(path, sound);
    expect(await readAll()).toBe(count);
  });
});
