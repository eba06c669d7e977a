import { atOnce, itemsAtOnceMax, itemsPerStep } from '@holdfast/events/steps';
import { inTurns } from '@holdfast/log/turn';
import { expect, onTestFinished, test, vi } from 'vitest';
import { each, jsonInSteps } from './steps.js';

const many = Array.from({ length: itemsAtOnceMax * 3 + 1 }, (_, n) => ({
  ID: `x${n}"\\é`,
  n,
  none: undefined,
  list: [n, null],
}));

test('JSON in steps is that of JSON.stringify', () => {
  for (const value of [
    { Counts: { Total: 1, none: undefined }, Success: { ComponentIDs: many }, Failure: [] },
    many,
    [undefined, ...many],
    { Failure: many, 'a"b': [many, 1], none: null },
    [],
    {},
    null,
    'text',
    1.5,
    true,
  ]) {
    expect(Buffer.concat(atOnce(jsonInSteps(value))).toString()).toBe(JSON.stringify(value));
  }
});

test('others have their turn between the steps, where each takes long', async () => {
  let now = 0;
  onTestFinished(() => void vi.restoreAllMocks());
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 10));
  const seen: number[] = [];
  const others: number[] = [];
  const other = () => {
    others.push(seen.length);
    if (seen.length < many.length) setImmediate(other);
  };
  setImmediate(other);
  await inTurns(each(many, ({ n }) => seen.push(n)));
  expect(seen).toEqual(many.map(({ n }) => n));
  expect(others.slice(0, 3)).toEqual([1, 2, 3].map((n) => n * itemsPerStep));
});
