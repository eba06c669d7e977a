import { coreModules } from '@holdfast/core';
import { expect, test } from 'vitest';
import { testModules } from './modules.js';

test('every module that is served is modelled, simulated and measured', () => {
  expect(testModules.map(({ name }) => name)).toEqual(coreModules.map(({ name }) => name));
});
