import { expect, test } from 'vitest';
import { ApiError } from '../errors.js';
import { errorBody, errorCodes, PlacementError, placementErrorOf } from './errors.js';

const context = { method: 'PUT', version: 23, requestId: 'req-1' };
const detailOf = (status: number, message: string) =>
  errorBody(new PlacementError(status, message), context).errors[0].detail;

test('a code is shown from 1.23 on, and an id where there is one', () => {
  const error = new PlacementError(409, 'resource provider generation conflict', {
    code: errorCodes.concurrentUpdate,
  });
  const shown = {
    status: 409,
    title: 'Conflict',
    detail: 'There was a conflict when trying to complete your request.\n\n resource provider generation conflict  ',
  };
  expect(errorBody(error, { ...context, version: 22 })).toEqual({ errors: [{ ...shown, request_id: 'req-1' }] });
  expect(errorBody(error, context)).toEqual({
    errors: [{ ...shown, code: 'placement.concurrent_update', request_id: 'req-1' }],
  });
  expect(errorBody(error, { method: 'PUT', version: null, requestId: null })).toEqual({ errors: [shown] });
});

test('the detail is what WebOb makes of a message: one line, nothing that looks like HTML', () => {
  expect(detailOf(404, 'No <b>such</b>\r\nthing')).toBe('The resource could not be found.\n\n No such thing  ');
  expect(detailOf(404, '')).toBe('The resource could not be found.\n\n   ');
  expect(detailOf(405, 'The method specified is not allowed for this resource.')).toBe(
    'The method PUT is not allowed for this resource. \n\n The method specified is not allowed for this resource.',
  );
});

test('errors of the API in general keep their status and headers', () => {
  const error = placementErrorOf(new ApiError('overloaded', 'Too many', { headers: { 'retry-after': '2' } }));
  expect([error.statusCode, error.headers]).toEqual([429, { 'retry-after': '2' }]);
  expect(errorBody(error, context).errors[0]).toMatchObject({
    title: 'Too Many Requests',
    code: 'placement.undefined_code',
  });
});
