import { expect, test } from 'vitest';
import { PlacementError } from './errors.js';
import { askedVersion, microversionMax, shown } from './microversion.js';

const statusOf = (header: string): number => {
  try {
    askedVersion(header);
  } catch (error) {
    if (error instanceof PlacementError) return error.statusCode;
  }
  return 200;
};

test('without a header, or one for this service, a request is in the oldest version', () => {
  for (const header of [undefined, '', 'compute 2.1', 'placement', '1.28', 'placementx 1.28']) {
    expect(askedVersion(header)).toBe(0);
  }
});

test('the last version that is named for this service counts, whatever the case of its name', () => {
  expect(askedVersion('placement 1.28')).toBe(28);
  expect(askedVersion('PLACEMENT  1.28 ')).toBe(28);
  expect(askedVersion('compute 2.1, placement 1.8, placement 1.12, identity 3')).toBe(12);
  expect(askedVersion(['placement 1.8', 'compute 2.1'])).toBe(8);
  expect(askedVersion('placement latest')).toBe(microversionMax);
  expect(askedVersion('placement 1.08')).toBe(8);
});

test('what is no version is 400, a version that is not served is 406 and says which are', () => {
  for (const text of ['pony.horse', '1', '1.', '.1', '1.2.3', 'Latest', '1.2 3', '1.x']) {
    expect(statusOf(`placement ${text}`), text).toBe(400);
  }
  for (const text of ['0.5', '1.40', '1.999', '2.0', '-1.1', '1.-1', '1.99999999999999999999']) {
    expect(statusOf(`placement ${text}`), text).toBe(406);
  }
  expect(() => askedVersion('placement 0.5')).toThrow(
    expect.objectContaining({
      message: 'Invalid microversion: Unacceptable version header: 0.5',
      members: { max_version: shown(microversionMax), min_version: '1.0' },
    }),
  );
});
