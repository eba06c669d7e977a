import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { giveWay, inTurns, nextTurn } from './turn.js';

/** Milliseconds, which pass only where a test says so. */
let now = 0;
beforeEach(() => void vi.spyOn(performance, 'now').mockImplementation(() => now));
afterEach(() => void vi.restoreAllMocks());

/** Work of so many steps, each of which takes so long and writes its name. */
function* work(name: string, steps: number, done: string[], ms = 10) {
  for (let n = 0; n < steps; n++) {
    now += ms;
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

test('short steps go on in one turn until they have taken 4 ms together, whoever takes them', async () => {
  await nextTurn();
  let turns = 0;
  const count = () => {
    turns++;
    if (done.length < 18) setImmediate(count);
  };
  const done: string[] = [];
  setImmediate(count);
  // 18 ms in all.
  await Promise.all([inTurns(work('a', 9, done, 1)), inTurns(work('b', 9, done, 1))]);
  expect(done).toHaveLength(18);
  expect(turns).toBe(4);
});

test('who gives way where nothing went on for long waits for a turn', async () => {
  now += 1_000;
  let turned = false;
  setImmediate(() => (turned = true));
  await giveWay();
  expect(turned).toBe(true);
});
