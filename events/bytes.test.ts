import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { allocate, joined, utf8 } from './bytes.js';

it('gives each its own bytes, however many it asks for', () => {
  const lengths = [0, 1, 7, 300, 8_192, 8_193, 100_000];
  const given = Array.from({ length: 200 }, (_, n) => lengths[n % lengths.length]!).map((length) => {
    const content = randomBytes(length);
    const bytes = allocate(length);
    bytes.set(content);
    return { bytes, content };
  });
  for (const { bytes, content } of given) expect(bytes.equals(content)).toBe(true);
});

it('joins parts, and encodes a text', () => {
  expect(joined([Buffer.from('one'), new Uint8Array(), Buffer.from('two')]).toString()).toBe('onetwo');
  expect(utf8('aä€😀').equals(Buffer.from('aä€😀'))).toBe(true);
});

it('is not what V8 counts', () => {
  const before = process.memoryUsage().external;
  const held = [allocate(50_000_000), ...Array.from({ length: 100_000 }, () => allocate(200))];
  expect(process.memoryUsage().external - before).toBeLessThan(10_000_000);
  expect(held).toHaveLength(100_001);
});
