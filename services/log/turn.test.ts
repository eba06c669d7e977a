import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { inTurns } from './turn.js';

/** Work of so many steps, which writes its name at each. */
function* work(name: string, steps: number, done: string[]) {
  for (let n = 0; n < steps; n++) {
    done.push(name);
    if (n < steps - 1) yield;
  }
}

test('one step of all long work that waits is done in a turn of the event loop, each in its order', async () => {
  const done: string[] = [];
  const works = ['a', 'b', 'c'].map((name) => inTurns(work(name, 4, done)));
  expect(done).toEqual(['a', 'b', 'c']);
  const seen: number[] = [];
  while (done.length < 12) {
    await turn();
    seen.push(done.length);
  }
  await Promise.all(works);
  expect(done.join('')).toBe('abcabcabcabc');
  expect(seen.every((count, n) => count - (seen[n - 1] ?? 3) <= 1)).toBe(true);
});

test('what begins while others wait comes after them', async () => {
  const done: string[] = [];
  const first = inTurns(work('a', 3, done));
  await turn();
  await Promise.all([first, inTurns(work('b', 2, done))]);
  expect(done).toEqual(['a', 'a', 'b', 'a', 'b']);
});
