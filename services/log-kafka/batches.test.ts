import type { NewRecord } from '@holdfast/log';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { batches } from './batches.js';

const limits = { batchBytesMax: 10, batchRecordsMax: 3 };
const record = (bytes: number): NewRecord => ({ key: '', value: new Uint8Array(bytes) });
const sizes = (...bytes: number[]) =>
  batches(bytes.map(record), limits).map((batch) => batch.map(({ value }) => value.length));

it('fills a batch up to its bytes or its records', () => {
  expect(sizes(5, 5, 1, 1, 1, 1)).toEqual([[5, 5], [1, 1, 1], [1]]);
});

it('sends a record above the bound alone', () => {
  expect(sizes(1, 50, 1)).toEqual([[1], [50], [1]]);
});

it('keeps every record, in order, and no batch empty', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 })), (bytes) => {
      const split = sizes(...bytes);
      expect(split.flat()).toEqual(bytes);
      expect(split.every(({ length }) => length > 0 && length <= limits.batchRecordsMax)).toBe(true);
    }),
  );
});
