import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Channel } from './channel.js';
import { MemoryFile } from './memory-file.js';
import { bytesOf, packRecords, unpackRecords } from './messages.js';

const message = fc.record({ text: fc.string({ unit: 'binary' }), n: fc.integer() });
const parts = fc.array(fc.tuple(message, fc.uint8Array({ maxLength: 300 })), { maxLength: 8 });

it('gives each message with its bytes, however the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(parts, fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), async (sent, cuts) => {
      const wire: Buffer[] = [];
      const out = new PassThrough();
      out.on('data', (chunk: Buffer) => wire.push(chunk));
      const sending = new Channel<object, object>(
        out,
        () => {},
        () => {},
      );
      for (const [each, bytes] of sent) sending.send(each, Buffer.from(bytes));
      await new Promise(setImmediate);
      const into = new PassThrough();
      const got: [object, Buffer][] = [];
      new Channel<object, object>(
        into,
        (each, bytes) => got.push([each, Buffer.from(bytes)]),
        () => {},
      );
      const all = Buffer.concat(wire);
      for (let at = 0, n = 0; at < all.length; n++) {
        const end = at + cuts[n % cuts.length]!;
        into.write(all.subarray(at, end));
        at = end;
      }
      await new Promise(setImmediate);
      expect(got).toEqual(sent.map(([each, bytes]) => [each, Buffer.from(bytes)]));
    }),
    { numRuns: 100 },
  );
});

it('packs records as they are', () => {
  const record = fc.record({ key: fc.string({ unit: 'grapheme' }), value: fc.uint8Array({ maxLength: 50 }) });
  fc.assert(
    fc.property(fc.array(record), (records) => {
      const packed = Buffer.alloc(bytesOf(records));
      packRecords(records, packed);
      const unpacked = unpackRecords(packed);
      expect(unpacked.map(({ key, value }) => ({ key, value: new Uint8Array(value) }))).toEqual(
        records.map(({ key, value }) => ({ key, value: new Uint8Array(value) })),
      );
    }),
    { numRuns: 100 },
  );
});

const put = (memory: MemoryFile, text: string) => memory.put(text.length, (bytes) => void bytes.write(text));

it('keeps one thing at a time in the file in memory, and takes nothing where there is no room', async () => {
  const memory = MemoryFile.make()!;
  const release = await put(memory, 'first');
  let second = false;
  const next = put(memory, 'second one').then((given) => {
    second = true;
    return given;
  });
  expect((await memory.read(5)).toString()).toBe('first');
  expect(second).toBe(false);
  release!();
  const releaseNext = await next;
  expect((await memory.read(10)).toString()).toBe('second one');
  releaseNext!();
  await expect(memory.read(1)).rejects.toThrow('ends at byte 0');
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-memory-'));
  writeFileSync(join(directory, 'none'), '');
  const unwritable = new MemoryFile(openSync(join(directory, 'none'), 'r'));
  expect(await put(unwritable, 'x')).toBeUndefined();
  await unwritable.close();
  await memory.close();
  rmSync(directory, { recursive: true });
});

it('touches no file that has the number of the one in memory once that is closed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-memory-'));
  const memory = MemoryFile.make()!;
  const release = await put(memory, 'held');
  const waiting = put(memory, 'waits');
  await memory.close();
  const path = join(directory, 'other');
  writeFileSync(path, 'of another');
  const others = Array.from({ length: 20 }, () => openSync(path, 'r+'));
  expect(others).toContain(memory.descriptor);
  release!();
  expect(await waiting).toBeUndefined();
  expect(readFileSync(path, 'utf8')).toBe('of another');
  for (const each of others) closeSync(each);
  rmSync(directory, { recursive: true });
});
