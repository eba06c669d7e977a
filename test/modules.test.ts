import { apiModules } from '@holdfast/api/modules';
import { coreModules } from '@holdfast/core';
import { expect, test } from 'vitest';
import { testModules } from './modules.js';

test('every module that is served is modelled, simulated and measured', () => {
  expect(testModules.map(({ name }) => name)).toEqual(coreModules.map(({ name }) => name));
});

test('what a module has secrets in is tried as a whole service', () => {
  const withSecrets = apiModules.filter(({ secretMembers }) => secretMembers.length > 0);
  const tried = testModules.filter(({ e2e }) => e2e.secrets !== null);
  expect(tried.map(({ name }) => name)).toEqual(withSecrets.map(({ name }) => name));
});
