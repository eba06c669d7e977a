import { ProjectionError } from '@holdfast/projections/port';
import { expect, test } from 'vitest';
import { apiErrorOf } from './problems.js';

test.each([
  ['unavailable', 'unavailable', /cannot be reached/],
  ['behind', 'behind', /did not catch up in time/],
  ['being-made', 'unavailable', /is being made anew .*readyz/],
  ['stopped', 'stopped', /does not follow the log any more; .*readyz/],
] as const)('a read model that is %s is told as that, and with nothing that it says itself', (code, told, detail) => {
  const error = apiErrorOf(new ProjectionError(code, 'what is for the log alone'));
  expect(error).toMatchObject({ code: told, status: 503, message: expect.stringMatching(detail) });
  expect(error.message).not.toContain('what is for the log alone');
  if (code !== 'unavailable') expect(error.message).not.toContain('cannot be reached');
});
