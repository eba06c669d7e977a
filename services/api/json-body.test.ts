import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ApiError } from './errors.js';
import { parseJsonBody } from './json-body.js';

const bytes = (text: string) => new TextEncoder().encode(text);

function complaint(body: Uint8Array): string {
  try {
    parseJsonBody(body);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'bad-request') return error.message;
    throw error;
  }
  return '';
}

test('what is valid JSON is parsed as JSON.parse would', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      expect(parseJsonBody(bytes(text))).toEqual(JSON.parse(text));
    }),
  );
});

const broken: [string, string][] = [
  ['', 'The body is empty; JSON is expected'],
  [' \n', 'The body is not valid JSON: it is empty'],
  ['{"ComponentIDs":[', 'The body is not valid JSON: it ends too early'],
  ['{"Key":"abc', 'The body is not valid JSON: it ends too early'],
  ['{"a":1} xx', 'The body is not valid JSON: unexpected character at position 8'],
  ['{"a":tru}', 'The body is not valid JSON: unexpected character at position 8'],
  ['{a:1}', 'The body is not valid JSON: unexpected character at position 1'],
  ['[1,]', 'The body is not valid JSON: unexpected character at position 3'],
  ['[1 2]', 'The body is not valid JSON: unexpected character at position 3'],
];
for (const [text, expected] of broken) {
  test(`an error in ${JSON.stringify(text)} is named with its place`, () => {
    expect(complaint(bytes(text))).toBe(expected);
  });
}

test('bytes that are not UTF-8 are refused', () => {
  expect(complaint(Uint8Array.from([0x22, 0xff, 0x22]))).toBe('The body is not UTF-8');
});

test('no error repeats a piece of the body', () => {
  const key = '056e3b6f-0fb9-4b76-bb34-9f86cbec20fc';
  fc.assert(
    fc.property(fc.nat(120), fc.constantFrom('', 'x', '}', '"', '[', ','), (cut, junk) => {
      const whole = `{"ReservationKeys":[{"ID":"x0c0s0b0n0","Key":"${key}"}],"ReservationDuration":1}`;
      const about = complaint(bytes(whole.slice(0, cut) + junk + whole.slice(cut)));
      expect(about).not.toMatch(/056e|[0-9a-f]{8}-|Key|x0c0/);
    }),
  );
});
