import { expect, test } from 'vitest';
import { requireSameModules } from './rings.js';

test('every ring lists the same modules', () => {
  expect(() => requireSameModules()).not.toThrow();
});

test('a module that a ring does not list ends a start, with the ring to look at', () => {
  const [a, b] = [{ name: 'a' }, { name: 'b' }];
  expect(() => requireSameModules({ events: [a, b], core: [b, a] })).not.toThrow();
  expect(() => requireSameModules({ events: [a, b], core: [a], api: [a, b], cli: [] })).toThrow(
    'the module a is not in modules.ts of cli',
  );
  expect(() => requireSameModules({ events: [a], core: [a, b], api: [] })).toThrow('modules.ts of api');
});

test('a module that rings do not have since the same level ends a start, with what each says', () => {
  const since = (level: number) => [{ name: 'a', since: level }];
  expect(() => requireSameModules({ events: since(5), core: since(5), cli: [{ name: 'a' }] })).not.toThrow();
  expect(() => requireSameModules({ events: since(5), core: since(4), cli: [{ name: 'a' }] })).toThrow(
    'the module a has no one level that it is there since: 5 in events, 4 in core',
  );
});
