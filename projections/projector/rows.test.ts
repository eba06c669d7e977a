import { beginning, LogError } from '@holdfast/log';
import { expect, test } from 'vitest';
import type { Positions } from '../store.js';
import { finalOf, keptOf, type RowsHappening, type RowsState, rowsAfter } from './rows.js';

const at = (read: number): Positions => ({ log: 'log', read, checkpoint: { ...beginning, resume: read } });
const after = (...happenings: RowsHappening[]) => happenings.reduce<RowsState>(rowsAfter, { name: 'notKnown' });
const found: RowsHappening = { name: 'found', stored: at(5) };
const group = { groups: 1 };

test('what is read is held until it is written, and is no more when reading begins anew', () => {
  const passed = after(found, { name: 'passed', held: at(7), ...group });
  expect(passed).toEqual({ name: 'kept', stored: at(5), held: at(7), confirmed: true });
  expect(rowsAfter(passed, { name: 'reopened' })).toMatchObject({ stored: at(5), held: null });
  expect(rowsAfter(passed, { name: 'written', stored: at(8), ...group })).toMatchObject({ stored: at(8), held: null });
});

test('nobody takes rows that are being emptied for what was read', () => {
  expect(keptOf(after(found, { name: 'emptying' }))).toBeNull();
  const damaged = after(found, { name: 'damageFound' });
  expect(keptOf(damaged)?.stored).toEqual(at(5));
  expect(rowsAfter(damaged, { name: 'emptying' })).toEqual({ name: 'damaged', before: null });
});

test('damaged rows stay so until they were emptied, whatever is still written', () => {
  const written = after(found, { name: 'damageFound' }, { name: 'written', stored: at(8), ...group });
  expect(written).toMatchObject({ name: 'damaged', before: { stored: at(8) } });
  expect(rowsAfter(rowsAfter(written, { name: 'emptying' }), { name: 'emptied' })).toEqual({ name: 'notKnown' });
});

test('a log that does not go on from where reading began is lost, until a group shows that it does', () => {
  const corrupt = new LogError('corrupt', 'test');
  const codeIn = (rows: RowsState, error: Error = corrupt) => finalOf(error, rows, 's')?.code ?? null;
  expect(codeIn(after())).toBe('corrupt');
  expect(codeIn(after(found))).toBe('lost');
  expect(codeIn(after(found, { name: 'written', stored: at(8), groups: 0 }))).toBe('lost');
  expect(codeIn(after(found, { name: 'written', stored: at(8), ...group }))).toBe('corrupt');
  expect(codeIn(after({ name: 'found', stored: at(0) }))).toBe('corrupt');
  expect(codeIn(after(found), new LogError('out-of-range', 'test'))).toBe('lost');
});

test('what may go better is no end', () => {
  for (const error of [new Error('test'), new LogError('append-failed', 'test'), new LogError('too-large', 'test')]) {
    expect(finalOf(error, after(found), 's')).toBeNull();
  }
});
