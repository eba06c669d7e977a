import { expect, test } from 'vitest';
import { Progress } from './progress.js';

test('tells place, rate and time left, counted from where it went on', () => {
  const progress = new Progress(1_000_000, 5_000_000, 0);
  expect(progress.tell(1_000_000, 0)).toBe('1,000,000 of 5,000,000');
  expect(progress.tell(2_000_000, 2_000)).toBe('2,000,000 of 5,000,000 (500,000 a second, 6 s left)');
  expect(progress.tell(5_000_000, 8_000)).toBe('5,000,000 of 5,000,000');
});
