import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { groupHash, sha256 } from './hash.js';

const bytes = (text: string) => Buffer.from(text);

test('sha256 is the published test vector of "abc", in base64url without padding', () => {
  expect(sha256('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
  expect(sha256(bytes('abc'))).toBe(sha256('abc'));
});

describe('the hash of a group', () => {
  const event = (fingerprint: string, body: string) => ({ fingerprint, body: bytes(body) });

  test('is the one that logs have held since the first version', () => {
    expect(groupHash('', [event('f', 'one'), event('g', 'two')])).toBe('cTXy90GYzpsd0CvWp0mRTth668Uk6OTj18sWRyDahlg');
  });

  test('follows from the group before', () => {
    expect(groupHash('a', [event('f', 'one')])).not.toBe(groupHash('b', [event('f', 'one')]));
  });

  test('follows from the order of its events', () => {
    const [one, two] = [event('f', 'one'), event('f', 'two')];
    expect(groupHash('', [one, two])).not.toBe(groupHash('', [two, one]));
  });

  test('differs wherever the parts differ, however they are cut', () => {
    // Short texts of the very characters that part them, so that any ambiguity shows.
    const text = fc.string({ unit: fc.constantFrom(':', '1', '2', 'a'), maxLength: 4 });
    const group = fc.tuple(text, fc.array(fc.tuple(text, text), { maxLength: 3 }));
    const hash = ([before, events]: [string, [string, string][]]) =>
      groupHash(
        before,
        events.map(([fingerprint, body]) => event(fingerprint, body)),
      );
    fc.assert(
      fc.property(group, group, (a, b) => {
        expect(hash(a) === hash(b)).toBe(JSON.stringify(a) === JSON.stringify(b));
      }),
      { numRuns: 2_000 },
    );
  });
});
