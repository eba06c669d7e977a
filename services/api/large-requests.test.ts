import { expect, test } from 'vitest';
import { LargeRequests } from './large-requests.js';
import { apiLimits } from './limits.js';

const many = apiLimits.largeFrom + 1;

function work() {
  let finish = (_failed: boolean) => {};
  const over = new Promise<string>((resolve, reject) => {
    finish = (failed) => (failed ? reject(new Error('of the work')) : resolve('done'));
  });
  return { over, finish };
}

test('one large request goes at a time, in order, whether or not the one before failed', async () => {
  const gate = new LargeRequests();
  const begun: number[] = [];
  const works = [work(), work(), work()];
  const results = works.map(({ over }, n) =>
    gate.run(many, () => {
      begun.push(n);
      return over;
    }),
  );
  expect(begun).toEqual([0]);
  works[0]!.finish(true);
  await expect(results[0]).rejects.toThrow('of the work');
  expect(begun).toEqual([0, 1]);
  works[1]!.finish(false);
  expect(await results[1]).toBe('done');
  expect(begun).toEqual([0, 1, 2]);
  works[2]!.finish(false);
  await results[2];
  expect(await gate.run(many, async () => 'again')).toBe('again');
});

test('as many wait as may, and the next is refused', async () => {
  const gate = new LargeRequests();
  const first = work();
  const all = [gate.run(many, () => first.over)];
  for (let n = 0; n < apiLimits.largeWaitingMax; n++) all.push(gate.run(many, async () => 'done'));
  await expect(gate.run(many, async () => 'done')).rejects.toMatchObject({ code: 'overloaded' });
  first.finish(false);
  expect(await Promise.all(all)).toEqual(Array(apiLimits.largeWaitingMax + 1).fill('done'));
});

test('one that names nothing, and so may mean all, waits for its turn, however many do', async () => {
  const gate = new LargeRequests();
  const first = work();
  const begun: number[] = [];
  const all = [gate.run(null, () => first.over)];
  for (let n = 0; n < apiLimits.largeWaitingMax * 2; n++) {
    const next = async () => {
      begun.push(n);
      return 'done';
    };
    all.push(gate.run(null, next));
  }
  // They are in nobody's way but in that of one another, and of those that name many.
  expect(await gate.run(apiLimits.largeFrom, async () => 'small')).toBe('small');
  all.push(gate.run(many, async () => 'done'));
  expect(begun).toEqual([]);
  first.finish(false);
  expect(await Promise.all(all)).toEqual(Array(apiLimits.largeWaitingMax * 2 + 2).fill('done'));
  expect(begun).toHaveLength(apiLimits.largeWaitingMax * 2);
});
