import { expect, test } from 'vitest';
import { nextMoment } from './log-time.js';

const second = 1_000;

test.each([
  ['the first command sets log time', 0, 50 * second, { now: 50 * second, shiftMs: 0 }],
  ['log time follows the log', 50 * second, 51 * second, { now: 51 * second, shiftMs: 0 }],
  ['a small step back does not turn it back', 50 * second, 41 * second, { now: 50 * second, shiftMs: 0 }],
  ['ten seconds of silence are not yet a gap', 50 * second, 60 * second, { now: 60 * second, shiftMs: 0 }],
  ['a longer silence moves the leases with it', 50 * second, 60_001, { now: 60_001, shiftMs: 10_001 }],
  ['a large step back moves time and leases back', 50 * second, 39_999, { now: 39_999, shiftMs: -10_001 }],
])('%s', (_, last, appendTime, expected) => {
  expect(nextMoment(last, appendTime)).toEqual(expected);
});
