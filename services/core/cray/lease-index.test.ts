import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addLease, dropLease, type LeaseIndex, leasesBetween } from './lease-index.js';

const steps = fc.array(fc.record({ xname: fc.nat(40).map((n) => `x${n}`), expiresAt: fc.nat(8) }), {
  maxLength: 80,
  size: 'max',
});

/** What the invariant of the tree says, and its height. */
function checkedHeight(index: LeaseIndex): number {
  if (index === null) return 0;
  const [left, right] = [checkedHeight(index.left), checkedHeight(index.right)];
  expect(Math.abs(left - right)).toBeLessThanOrEqual(1);
  expect(index.height).toBe(Math.max(left, right) + 1);
  return index.height;
}

test('it holds what was added and not dropped, in order, balanced, and earlier versions stay as they were', () => {
  fc.assert(
    fc.property(steps, fc.integer({ min: -1, max: 9 }), fc.integer({ min: -1, max: 9 }), (taken, from, to) => {
      const model = new Map<string, { xname: string; expiresAt: number }>();
      const expected = (low: number, high: number) =>
        [...model.values()]
          .filter(({ expiresAt }) => expiresAt > low && expiresAt <= high)
          .sort((a, b) => a.expiresAt - b.expiresAt || (a.xname < b.xname ? -1 : 1));
      let index: LeaseIndex = null;
      const versions: [LeaseIndex, unknown[]][] = [];
      for (const lease of taken) {
        const name = `${lease.xname} ${lease.expiresAt}`;
        if (model.delete(name)) index = dropLease(index, lease);
        else {
          model.set(name, lease);
          index = addLease(index, lease);
        }
        versions.push([index, expected(-1, 9)]);
      }
      checkedHeight(index);
      expect(leasesBetween(index, from, to)).toEqual(expected(from, to));
      for (const [version, leases] of versions.filter((_, n) => n % 5 === 4)) {
        expect(leasesBetween(version, -1, 9)).toEqual(leases);
      }
    }),
    { numRuns: 60 },
  );
});

test('adding twice and dropping what is not there are bugs', () => {
  const lease = { xname: 'x1', expiresAt: 1 };
  const index = addLease(null, lease);
  expect(() => addLease(index, lease)).toThrow('already');
  expect(() => dropLease(index, { ...lease, expiresAt: 2 })).toThrow('not indexed');
});
