import { expect, it } from 'vitest';
import { Seldom, seldomWarning } from './seldom.js';

it('lets one of a kind through in its time, and then says how many it left out', () => {
  const runtime = { time: 0, now: () => runtime.time };
  const seldom = new Seldom(runtime, 1_000);
  expect([seldom.due('a'), seldom.due('a'), seldom.due('b'), seldom.due('a')]).toEqual([0, null, 0, null]);
  runtime.time = 999;
  expect(seldom.due('a')).toBeNull();
  runtime.time = 1_000;
  expect([seldom.due('a'), seldom.due('a'), seldom.due('b')]).toEqual([3, null, 0]);
  // A clock that steps back silences nobody.
  runtime.time = -100_000;
  expect(seldom.due('a')).toBe(1);
});

it('holds back warnings alone, each by what it says and what it is about', () => {
  const lines: unknown[] = [];
  const tell = (level: string) => (details: object, message: string) => lines.push([level, message, details]);
  const logger = { info: tell('info'), warn: tell('warn'), error: tell('error') };
  const runtime = { time: 0, now: () => runtime.time };
  const quiet = seldomWarning(logger, runtime, 1_000);
  for (const topic of ['a', 'b', 'a', 'b']) quiet.warn({ topic, error: String(lines.length) }, 'waits');
  for (const level of ['info', 'error'] as const) for (let i = 0; i < 2; i++) quiet[level]({}, 'said');
  runtime.time = 1_000;
  quiet.warn({ topic: 'a' }, 'waits');
  expect(lines).toEqual([
    ['warn', 'waits', { topic: 'a', error: '0' }],
    ['warn', 'waits', { topic: 'b', error: '1' }],
    ...['info', 'info', 'error', 'error'].map((level) => [level, 'said', {}]),
    ['warn', 'waits', { topic: 'a', leftOut: 1 }],
  ]);
});
