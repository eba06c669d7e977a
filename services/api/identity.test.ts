import { expect, test } from 'vitest';
import { identityOf } from './identity.js';

const token = 'a-token-of-sixteen-characters';

test('a token stands for a user of a project, with roles and those that they include', () => {
  const whole = { token, name: 'mia of storage', user: 'u1', project: 'p1' };
  expect(identityOf({ ...whole, roles: ['member', 'reader'], serviceRoles: ['service'] })).toEqual({
    user: 'u1',
    project: 'p1',
    roles: ['member', 'reader'],
    serviceRoles: ['service'],
  });
  expect(identityOf({ ...whole, roles: ['admin'] }).roles).toEqual(['admin', 'member', 'reader']);
});

test('one that says no more than a name is the user of that name, of no project and no service', () => {
  const alone = { user: 'nova', project: null, roles: ['service'], serviceRoles: [] };
  expect(identityOf({ token, name: 'nova', roles: ['service'] })).toEqual(alone);
});
