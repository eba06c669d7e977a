import { expect, test } from 'vitest';
import * as vocabulary from './vocabulary.js';

test.each(Object.entries(vocabulary))('%s has no word twice, whatever its case', (_, words) => {
  expect(new Set(words.map((word) => word.toLowerCase())).size).toBe(words.length);
});
