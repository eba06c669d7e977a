import { expect, test } from 'vitest';
import * as vocabulary from './vocabulary.js';

test.each(Object.entries(vocabulary))('%s has no word twice, whatever its case', (_, words) => {
  expect(new Set(words.map((word) => word.toLowerCase())).size).toBe(words.length);
});

test('what CSM adds to the sub-roles is not among the defaults', () => {
  const defaults: readonly string[] = vocabulary.defaultSubRoles;
  expect(vocabulary.csmSubRoles.filter((word) => defaults.includes(word))).toEqual([]);
});
