import { expect, test } from 'vitest';
import { PathTable } from './paths.js';

test.each([
  ['/v2/things', '/v2/things'],
  ['/v2/:id', '/v2/:name'],
  ['/v2/:project/things', '/v2/x/things'],
  ['/v2/x/:id', '/v2/:project/things'],
  ['/docs/*', '/docs/a/b'],
])('a path that fits %s and %s belongs to the one that was there first', (first, second) => {
  for (const [one, other] of [
    [first, second],
    [second, first],
  ] as const) {
    const table = new PathTable();
    expect(table.add(one, 'GET', 'a')).toBeUndefined();
    expect(table.add(other, 'POST', 'b')).toBe('a');
    expect(table.add(other, 'POST', null)).toBe('a');
    expect(table.add(other, 'POST', 'a')).toBeUndefined();
  }
});

test.each([
  ['/v2', '/v2/'],
  ['/v2', '/V2'],
  ['/v2/things', '/v2/things/:id'],
  ['/v2/:id', '/v2'],
  ['/v2/:project/things', '/v2/:project/others'],
])('%s and %s are two', (first, second) => {
  const table = new PathTable();
  expect(table.add(first, 'GET', 'a')).toBeUndefined();
  expect(table.add(second, 'GET', 'b')).toBeUndefined();
});

test('the methods of a path are those of all that it fits', () => {
  const table = new PathTable();
  table.add('/v2/:id', 'GET', 'a');
  table.add('/v2/:id', ['PUT', 'DELETE'], 'a');
  table.add('/v2/types', 'POST', 'a');
  expect([table.methodsOf('/v2/x'), table.methodsOf('/v2/types'), table.methodsOf('/v2')]).toEqual([
    ['DELETE', 'GET', 'PUT'],
    ['DELETE', 'GET', 'POST', 'PUT'],
    [],
  ]);
});

test('what is urgent is so by its method and its path, as routes are looked up', () => {
  const table = new PathTable();
  for (const method of ['DELETE', 'GET']) table.add('/v2/holds/:id', method, 'a');
  table.addUrgent('/v2/holds/:id', ['DELETE']);
  expect(table.isUrgent('DELETE', '/v2/holds/x')).toBe(true);
  expect(table.isUrgent('DELETE', '/v2/h%6Flds/x')).toBe(true);
  expect(table.isUrgent('GET', '/v2/holds/x')).toBe(false);
  for (const path of ['/v2/holds', '/v2/holds/x/y', '/V2/holds/x', '/v2/holds/']) {
    expect(table.isUrgent('DELETE', path), path).toBe(false);
  }
});
