import { expect, test } from 'vitest';
import { requireDescribed } from '../../../test/support/described.js';

test('what stands for all errors in the document stands for no success', () => {
  expect(() => requireDescribed({ method: 'GET', path: '/placement/usages' }, 418)).not.toThrow();
  expect(() => requireDescribed({ method: 'GET', path: '/placement/usages' }, 202)).toThrow('202');
});
