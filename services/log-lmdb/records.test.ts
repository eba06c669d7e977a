import type { Database } from 'lmdb';
import { expect, it } from 'vitest';
import { encodeFrame } from './frame.js';
import { type RecordPlaces, Records } from './records.js';

/** Which LMDB gives up on at `position`, as it does once a transaction met a page that is none. */
function damagedAt(position: number, code: number): RecordPlaces {
  const frame = encodeFrame({ key: 'k', value: Buffer.from('value') }, 0);
  function* getRange({ start = 0, limit = 0 }: { start?: number; limit?: number }) {
    for (let key = start; key < start + limit; key++) {
      if (key === position) throw Object.assign(new Error('MDB_BAD_TXN: it must abort\nmore'), { code });
      yield { key, value: frame };
    }
  }
  const db = { getRange } as unknown as Database<Buffer, number>;
  const checksums = { getRange: () => [] } as unknown as Database<Buffer, number>;
  return { db, checksums };
}

it('what LMDB itself finds is told with the position, what is before it is read, and what came first is told again', () => {
  const damage = { first: null };
  const records = new Records('events', damagedAt(123, -30_782), damage, () => {});
  expect(records.read(100, 300).at(-1)!.position).toBe(122);
  const told = {
    code: 'corrupt',
    message: expect.stringMatching(/events cannot be read at position 123: .*; put the newest/),
  };
  expect(() => records.read(123, 300)).toThrow(expect.objectContaining(told));
  // From then on LMDB refuses whatever is read.
  const commands = new Records('commands', damagedAt(7, -30_782), damage, () => {});
  expect(() => commands.read(7, 300)).toThrow(expect.objectContaining(told));
});

it('an error that is none of LMDB is thrown as it is', () => {
  const records = new Records('events', damagedAt(0, -5), { first: null }, () => {});
  expect(() => records.read(0, 10)).toThrow(expect.objectContaining({ code: -5 }));
});
