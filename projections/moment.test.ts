import { expect, test } from 'vitest';
import { rowsIn } from './moment.js';

function taken(lines: string) {
  const rows: unknown[] = [];
  const parts: number[] = [];
  const steps = rowsIn(lines, (row) => rows.push(row));
  for (let step = steps.next(); !step.done; step = steps.next()) parts.push(rows.length);
  return { rows, parts };
}

test.each([0, 1, 2, 5_000])('%i rows in lines are taken in their order', (count) => {
  const rows = Array.from({ length: count }, (_, n) => [`x${n}`, 'a "text"\nof\ttwo lines', { n, none: null }]);
  const { rows: found, parts } = taken(rows.map((row) => JSON.stringify(row)).join('\n'));
  expect(found).toEqual(rows);
  // Of many, some hundreds at a time.
  expect(parts.length).toBeGreaterThanOrEqual(Math.floor(count / 1_500));
  for (const [n, part] of parts.entries()) expect(part - (parts[n - 1] ?? 0)).toBeLessThan(2_000);
});
