import { atOnce } from '@holdfast/events/steps';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fakeApi } from '../../test/support/fake-api.js';
import { bodyLimits, counted } from './body-limits.js';
import { ApiError } from './errors.js';

/* A member that comes twice in an object is refused, in whichever way it is spelled, however deep. */

function complaint(text: string): string | null {
  try {
    atOnce(counted(Buffer.from(text), bodyLimits.components));
    return null;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'bad-request') return error.message;
    throw error;
  }
}

/** A JSON value as it is written: an object as its members, which may be twice the same. */
type Written = string | number | null | Written[] | { members: [name: string, spelling: string, value: Written][] };

const name = fc.constantFrom('Role', 'role', 'ID', 'é', 'a"b', 'a\\b', '', '__proto__', 'x0c0s0b0n0');
/** Each character as it is, or escaped. */
const spelled = (text: string, escaped: readonly boolean[]) =>
  [...text]
    .map((one, n) =>
      escaped[n % escaped.length]
        ? `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`
        : JSON.stringify(one).slice(1, -1),
    )
    .join('');
const { value: written } = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Written>('Role', '"', '{,}[:]\\', 1, null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(name, fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }), tie('value')), { maxLength: 4 })
      .map(
        (members) =>
          ({ members: members.map(([name, escaped, value]) => [name, spelled(name, escaped), value]) }) as Written,
      ),
  ),
}));

function textOf(value: Written): string {
  if (Array.isArray(value)) return `[ ${value.map(textOf).join(' ,')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${value.members.map(([, spelling, one]) => `"${spelling}" : ${textOf(one)}`).join(', ')}}`;
}

function hasTwice(value: Written): boolean {
  if (Array.isArray(value)) return value.some(hasTwice);
  if (typeof value !== 'object' || value === null) return false;
  const names = value.members.map(([name]) => name);
  return new Set(names).size < names.length || value.members.some(([, , one]) => hasTwice(one));
}

test('what is refused are the bodies with a member twice in one object, and no others', () => {
  let [twice, once] = [0, 0];
  fc.assert(
    fc.property(written, (value) => {
      const text = textOf(value);
      expect(() => JSON.parse(text)).not.toThrow();
      const refused = complaint(text);
      expect(refused !== null).toBe(hasTwice(value));
      if (refused === null) once++;
      else twice++;
    }),
    { numRuns: 2_000 },
  );
  expect([twice > 100, once > 100]).toEqual([true, true]);
});

test.each([
  ['{"Role":1,"Role":2}', 'The member Role is given more than once in an object of the body, again at byte 10'],
  ['{"Role":1,"\\u0052ole":2}', 'A member is given more than once in an object of the body, again at byte 10'],
  [
    '{"a":{"ID":1},"b":[{"ID":1,"x":{"ID":1},"ID":1}]}',
    'The member ID is given more than once in an object of the body, again at byte 40',
  ],
  [
    '{"056e3b6f-0fb9":1,"056e3b6f-0fb9":1}',
    'A member is given more than once in an object of the body, again at byte 19',
  ],
])('%s is refused with a word that names it, and repeats no key', (text, expected) => {
  expect(complaint(text)).toBe(expected);
});

test('what is no JSON is not taken for one with a member twice', () => {
  for (const text of ['}', ']]', '{"a"', '{"a":1]', '[}{"a', '"', '{"a\\', '{,,,"a":1', '{"\\x":1}'])
    expect(complaint(text)).toBeNull();
});

test('an object of very many members is looked through once', () => {
  const names = Array.from({ length: 100_000 }, (_, n) => `"m${n}":0`);
  expect(complaint(`{${names.join(',')}}`)).toBeNull();
  expect(complaint(`{${names.join(',')},"m0":1}`)).toMatch(/^A member is given more than once/);
});

test('an operation of no module refuses a body that is compressed, and says what to do', async () => {
  const api = await fakeApi();
  const headers = { 'content-encoding': 'gzip' };
  const { status, text } = await api.inject({ method: 'POST', path: '/admin/level', body: '{}', headers });
  expect([status, JSON.parse(text).detail]).toEqual([415, expect.stringMatching(/Content-Encoding.*not compressed/)]);
  expect(api.gateway.submissions).toEqual([]);
  await api.app.close();
});
