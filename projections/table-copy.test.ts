import { expect, test } from 'vitest';
import { projectionLimits } from './limits.js';
import { TableCopy } from './table-copy.js';

const { copyBytesMin, copyBytesMax } = projectionLimits;

/** A database whose COPYs end when they are told to. */
function heldDatabase() {
  const begun: { rows: string; end: (failure?: Error) => void }[] = [];
  const copy = (_into: string, rows: readonly Buffer[]) =>
    new Promise<void>((resolve, reject) => {
      const end = (failure?: Error) => (failure === undefined ? resolve() : reject(failure));
      begun.push({ rows: Buffer.concat(rows).toString(), end });
    });
  return { begun, table: new TableCopy(copy, 'holdfast.recorded_event (shard)') };
}

const whole = 'a'.repeat(copyBytesMin);

test('every row goes into the table once and in order, by one COPY at a time', async () => {
  const { begun, table } = heldDatabase();
  for (const rows of [whole, 'b', whole, 'c']) await table.add(rows);
  expect(begun.map(({ rows }) => rows)).toEqual([whole]);
  const finished = table.finish();
  begun[0]!.end();
  await expect.poll(() => begun.length).toBe(2);
  begun[1]!.end();
  await finished;
  expect(begun.map(({ rows }) => rows).join('')).toBe(`${whole}b${whole}c`);
});

test('it takes no more while as much as it may hold waits behind a COPY', async () => {
  const { begun, table } = heldDatabase();
  await table.add(whole);
  let taken = false;
  const full = table.add('b'.repeat(copyBytesMax)).then(() => {
    taken = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(taken).toBe(false);
  begun[0]!.end();
  await full;
  expect(begun).toHaveLength(1);
});

test('a COPY that failed is told to whoever asks next, and none comes after it', async () => {
  const { begun, table } = heldDatabase();
  await table.add(whole);
  begun[0]!.end(new Error('no space is left'));
  await table.settled();
  await expect(table.add(whole)).rejects.toThrow('no space is left');
  await expect(table.finish()).rejects.toThrow('no space is left');
  expect(begun).toHaveLength(1);
});
