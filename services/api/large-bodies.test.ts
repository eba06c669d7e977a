import { describe, expect, test } from 'vitest';
import { inSteps } from '../../test/support/steps.js';
import { bodyLimits, counted } from './body-limits.js';
import { canonicalise, canonicaliseInSteps, type Schema } from './canonical.js';
import { parseJsonBody, parseJsonInSteps } from './json-body.js';

const parse = (text: string) => {
  const bytes = Buffer.from(text);
  const lists = inSteps(counted(bytes, bodyLimits.components)).value;
  return { lists: lists.length, ...inSteps(parseJsonInSteps(bytes, lists)) };
};
/** As a whole, looked through as all bodies are. */
const whole = (text: string) => {
  inSteps(counted(Buffer.from(text), bodyLimits.components));
  return parseJsonBody(Buffer.from(text));
};
const said = (attempt: () => unknown) => {
  try {
    return { value: attempt() };
  } catch (error) {
    return { error: (error as Error).message.replace(/: .*/, '') };
  }
};

const item = (n: number) => ({ ID: `x${n}c0s0b0n0`, Note: '],[{}"\\\\é', Parts: [n, [n]] });
const items = Array.from({ length: 20_000 }, (_, n) => item(n));

describe('a large body', () => {
  test('is read in parts, and is what it is when read as a whole', () => {
    for (const body of [
      { Components: items },
      { First: items.slice(0, 9_000), Second: [0], Third: items, Last: 'x' },
      { Components: items, __proto__x: items.slice(0, 5_000) },
      [items, 1, items],
    ]) {
      for (const text of [JSON.stringify(body), JSON.stringify(body, null, 2)]) {
        const { lists, value, steps } = parse(text);
        expect(lists).toBeGreaterThan(0);
        expect(steps).toBeGreaterThan(5);
        expect(value).toEqual(parseJsonBody(Buffer.from(text)));
      }
    }
  });

  test('that is spoilt anywhere is refused as it is when read as a whole', () => {
    const text = JSON.stringify({ Components: items, ComponentIDs: items.slice(0, 6_000) });
    const half = text.length >> 1;
    const comma = text.indexOf(',{"ID"', half);
    for (const spoilt of [
      text.slice(0, half),
      `${text.slice(0, comma)},${text.slice(comma)}`,
      `${text.slice(0, comma)}]${text.slice(comma)}`,
      text.replace(']}', '}}'),
      text.replace('}]', '},]'),
      text.replace('[{', '[,{'),
      `${text}}`,
      text.replace('"ComponentIDs"', '"Components"'),
      text.replaceAll('"Parts"', "'Parts'"),
    ]) {
      expect(said(() => parse(spoilt).value)).toEqual(said(() => whole(spoilt)));
    }
  });

  const schema: Schema = {
    properties: {
      ComponentIDs: { items: { type: 'string', enum: ['One'] } },
      Components: { items: { properties: { ID: { type: 'string' }, Class: { enum: ['River'] } } } },
      Mode: { enum: ['rigid'] },
    },
  };
  const options = { dropNulls: true };

  test('is made canonical in steps, to the same as at once', () => {
    const long = items.map(({ ID }, n) => ({ id: ID, CLASS: n % 2 ? 'river' : null, other: 1 }));
    for (const body of [
      { componentids: Array(7_000).fill('one'), components: long, MODE: 'RIGID', more: long },
      { Components: [] },
      long,
      null,
    ]) {
      const { value, steps } = inSteps(canonicaliseInSteps(schema, body, options));
      expect(value).toEqual(canonicalise(schema, body, options));
      expect(steps).toBe(body !== null && 'MODE' in body ? 70 + 200 : 0);
    }
    const [list] = [inSteps(canonicaliseInSteps({ items: {} }, long, options)).value.value];
    expect(list).toEqual(long);
  });

  test('is refused in steps for what it is refused for at once', () => {
    const ids = Array(9_000).fill('one');
    for (const body of [
      { ComponentIDs: ids, componentids: ids },
      { ComponentIDs: [...ids, 'a\0b'] },
      { Components: [...items, { ID: 1, id: 2 }] },
    ]) {
      const attempt = () => canonicalise(schema, body, options);
      expect(attempt).toThrow();
      expect(said(() => inSteps(canonicaliseInSteps(schema, body, options)))).toEqual(said(attempt));
    }
  });
});
