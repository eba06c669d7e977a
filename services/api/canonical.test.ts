import { expect, test } from 'vitest';
import { canonicalise, type Schema, shownNames } from './canonical.js';

const schema: Schema = {
  type: 'object',
  properties: {
    Role: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] },
    ProcessingModel: { type: 'string', enum: ['rigid', 'flexible'] },
    Keys: { type: 'array', items: { type: 'object', properties: { ID: { type: 'string' }, Key: { type: 'string' } } } },
  },
};
const keepNulls = { dropNulls: false };

test('names are spelled as the schema spells them, at every depth', () => {
  const { value } = canonicalise(schema, { role: 'Compute', KEYS: [{ id: 'x0', kEY: 'k' }] }, keepNulls);
  expect(value).toEqual({ Role: 'Compute', Keys: [{ ID: 'x0', Key: 'k' }] });
});

test('words of an enumeration are spelled as the schema spells them, others stay as they are', () => {
  expect(canonicalise(schema, { ProcessingModel: 'RIGID' }, keepNulls).value).toEqual({ ProcessingModel: 'rigid' });
  expect(canonicalise(schema, { ProcessingModel: 'Strict' }, keepNulls).value).toEqual({ ProcessingModel: 'Strict' });
});

test('unknown fields are dropped, and those at the top are named', () => {
  const { value, unknown } = canonicalise(schema, { Verify: false, Keys: [{ Foo: 1 }] }, keepNulls);
  expect([value, unknown]).toEqual([{ Keys: [{}] }, ['Verify']]);
});

test('the same field in two spellings is refused', () => {
  expect(() => canonicalise(schema, { Role: 'a', role: 'b' }, keepNulls)).toThrow('body/Role is given more than once');
});

test('__proto__ is just another unknown field, and pollutes nothing', () => {
  const body: unknown = JSON.parse(
    '{"__proto__":{"Role":"x"},"constructor":{"prototype":{"a":1}},"Keys":[{"__proto__":{"ID":"x"}}]}',
  );
  const { value, unknown } = canonicalise(schema, body, keepNulls);
  expect(unknown).toEqual(['__proto__', 'constructor']);
  expect(value).toEqual({ Keys: [{}] });
  expect((value as { Role?: string }).Role).toBeUndefined();
  expect(({} as { a?: number }).a).toBeUndefined();
});

test('null members are absent in one dialect and kept for validation in the other', () => {
  expect(canonicalise(schema, { Role: null }, { dropNulls: true }).value).toEqual({});
  expect(canonicalise(schema, { Role: null }, keepNulls).value).toEqual({ Role: null });
});

test('characters that cannot be stored are refused with their place', () => {
  for (const text of ['a\0', '\ud800']) {
    expect(() => canonicalise(schema, { Keys: [{ ID: text }] }, keepNulls)).toThrow('body/Keys/0/ID holds a character');
  }
  expect(canonicalise(schema, { Role: '\u{1f512}' }, keepNulls).value).toEqual({ Role: '\u{1f512}' });
});

test('names of unknown fields are shown only where they cannot be keys', () => {
  expect(shownNames(['Rol', '056e3b6f-0fb9-4b76-bb34-9f86cbec20fc', 'a', 'b', 'c', 'd', 'e'])).toBe(
    'Rol, a, b, c, d, 2 more',
  );
});
