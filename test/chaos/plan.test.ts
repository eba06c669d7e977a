import { describe, expect, test } from 'vitest';
import { faultKinds } from './faults.js';
import { plan } from './plan.js';

describe('the plan of faults', () => {
  test.each([1, 2, 3])('10 cycles of seed %s hold every kind', (seed) => {
    expect(new Set(plan(10, seed).flat())).toEqual(new Set(faultKinds));
  });

  test('a seed names one plan', () => {
    expect(plan(100, 7)).toEqual(plan(100, 7));
    expect(plan(100, 7)).not.toEqual(plan(100, 8));
  });
});
