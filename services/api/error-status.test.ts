import { expect, test } from 'vitest';
import { testModules } from '../../test/modules.js';
import { statusInError } from '../../test/support/error-status.js';
import { fakeApi } from '../../test/support/fake-api.js';

/* What tests of all modules read an error by is what the module says of its form. */

test.each(testModules.map(({ name, e2e }) => [name, e2e.write] as const))(
  'the body of an error of %s says its status',
  async (name, { method, path, headers }) => {
    const { app, inject } = await fakeApi();
    const { status, text } = await inject({ method, path, headers: { ...headers, host: 'evil.example' } });
    await app.close();
    expect([status, statusInError(name, JSON.parse(text))]).toEqual([421, 421]);
  },
);
