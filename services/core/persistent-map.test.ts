import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PersistentMap } from './persistent-map.js';

// Pairs such as 'costarring' and 'liquid' have the same 32-bit FNV-1a hash.
const clashing = ['costarring', 'liquid', 'declinate', 'macallums', 'altarage', 'zinke'];
const key = fc.oneof(
  fc.constantFrom(...clashing),
  fc.string({ maxLength: 3 }),
  fc.nat(5_000).map((n) => `x${n}`),
);
const step = fc.oneof(
  fc.record({ do: fc.constant('set' as const), key, value: fc.nat() }),
  fc.record({ do: fc.constant('delete' as const), key }),
);

test('it holds what a Map holds, and earlier versions stay as they were', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const model = new Map<string, number>();
      let map = PersistentMap.empty<number>();
      const versions: [PersistentMap<number>, [string, number][]][] = [];
      for (const one of steps) {
        if (one.do === 'set') {
          model.set(one.key, one.value);
          map = map.set(one.key, one.value);
        } else {
          model.delete(one.key);
          map = map.delete(one.key);
        }
        expect(map.get(one.key)).toBe(model.get(one.key));
        expect(map.size).toBe(model.size);
        versions.push([map, [...model].sort()]);
      }
      for (const [version, entries] of versions.filter((_, n) => n % 5 === 4)) {
        expect([...version.entries()].sort()).toEqual(entries);
      }
      expect([...map.entries()].sort()).toEqual([...model].sort());
    }),
    { numRuns: 60 },
  );
});

test('keys whose hashes are the same are kept apart, and leave one by one', () => {
  let map = PersistentMap.from(clashing.map((name, n) => [name, n] as const));
  for (const [n, name] of clashing.entries()) expect(map.get(name)).toBe(n);
  for (const name of clashing) map = map.delete(name);
  expect(map.size).toBe(0);
  expect([...map.entries()]).toEqual([]);
});

test('a hundred thousand keys are all found', () => {
  const map = PersistentMap.from(Array.from({ length: 100_000 }, (_, n) => [`x${n}c0s0b0n0`, n] as const));
  expect(map.size).toBe(100_000);
  expect(new Set(map.values()).size).toBe(100_000);
  expect([...map.each()]).toEqual(map.entries());
  for (let n = 0; n < 100_000; n += 7) expect(map.get(`x${n}c0s0b0n0`)).toBe(n);
});
