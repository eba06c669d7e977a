import { expect, test } from 'vitest';
import { simulate } from './run.js';

const seeds = Array.from({ length: 200 }, (_, n) => n + 1);

/** Every kind that a run can meet: one that never fires proves nothing. */
const faultKinds = [
  'append split',
  'append refused',
  'append cut',
  'append answer lost',
  'append late',
  'append doubled',
  'crash',
  'pause',
  'clean stop',
  'outage of all',
  'retry of an answered request',
  'answer lost by a client',
];

test(`${seeds.length} schedules break no promise, and every kind of fault fires`, async () => {
  const fired = new Map<string, number>();
  let groups = 0;
  let answers = 0;
  for (const seed of seeds) {
    const outcome = await simulate(seed).catch((error: Error) => {
      throw new Error(`npm run simulate -- --seed ${seed}: ${error.message}`, { cause: error });
    });
    for (const [kind, count] of outcome.faults) fired.set(kind, (fired.get(kind) ?? 0) + count);
    groups += outcome.groups;
    answers += outcome.answers;
  }
  expect([...fired.keys()].sort()).toEqual([...faultKinds].sort());
  // A schedule that decides and answers nothing would pass every check.
  expect(groups / seeds.length).toBeGreaterThan(50);
  expect(answers / seeds.length).toBeGreaterThan(50);
}, 120_000);

test('a seed names one schedule, for ever the same', async () => {
  const [first, second] = [await simulate(7), await simulate(7)];
  expect(second).toEqual(first);
});
