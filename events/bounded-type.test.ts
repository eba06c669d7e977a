import avsc from 'avsc';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { boundedType } from './bounded-type.js';

const schema: avsc.Schema = {
  type: 'record',
  name: 'Pair',
  fields: [
    { name: 'first', type: 'string' },
    { name: 'second', type: ['null', 'string'] },
  ],
};

/** Texts that repeat, that have the same length in bytes, and that are not ASCII. */
const text = fc.oneof(
  fc.constantFrom(
    '',
    'x',
    'x3000c0s9b0n0',
    'x3000c0s9b0n1',
    'é',
    // Its characters have the numbers of the bytes of the one before.
    'Ã©',
    '\u00e9e',
    '\ufffd',
    '\ufffdxx',
    '\0',
    'ÿ'.repeat(40),
  ),
  fc.string({ unit: 'binary', maxLength: 80 }),
);

test('a field reads as what was written, whatever was read before it', () => {
  const bounded = boundedType(schema);
  const plain = avsc.Type.forSchema(schema);
  fc.assert(
    fc.property(fc.array(fc.record({ first: text, second: fc.option(text) }), { minLength: 1 }), (pairs) => {
      for (const pair of pairs) {
        const bytes = plain.toBuffer(pair);
        expect({ ...bounded.fromBuffer(bytes) }).toEqual({ ...plain.fromBuffer(bytes) });
      }
    }),
  );
});

test('bytes that are no text read as they do for a reader that remembers none', () => {
  const [bounded, plain] = [boundedType('string'), avsc.Type.forSchema('string')];
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 4 }), { minLength: 1 }), (all) => {
      for (const bytes of all) {
        const value = Buffer.from([bytes.length * 2, ...bytes]);
        expect(bounded.fromBuffer(value)).toBe(plain.fromBuffer(value));
      }
    }),
  );
});
