import { describe, expect, test } from 'vitest';
import { bodyDepthMax, bodyLimits, counted } from './body-limits.js';
import { apiLimits } from './limits.js';

const count = (text: string, values: number) => [...counted(Buffer.from(text), { values })].length;

describe('a body is counted before it is read', () => {
  test('values up to the limit pass, and one more does not, whatever they are', () => {
    for (const value of ['{}', '[]', '1', '"x"', '"a,b{[\\""', '"\\\\"', '{"a":1}']) {
      const each = value === '{}' || value === '[]' || value === '{"a":1}' ? 2 : 1;
      const list = (n: number) => `[${Array(n).fill(value).join(',')}]`;
      expect(() => count(list(10), 10 * each)).not.toThrow();
      expect(() => count(list(11), 10 * each)).toThrow(`more than ${10 * each} values`);
    }
  });

  test('depth up to the limit passes, and one more does not', () => {
    const nested = (n: number) => '['.repeat(n) + ']'.repeat(n);
    expect(() => count(nested(bodyDepthMax), 1_000)).not.toThrow();
    expect(() => count(nested(bodyDepthMax + 1), 1_000)).toThrow(`deeper than ${bodyDepthMax}`);
    expect(() => count('{"a":'.repeat(bodyDepthMax + 1), 1_000)).toThrow('deeper');
    expect(() => count('[]'.repeat(bodyDepthMax + 1), 1_000)).not.toThrow();
  });

  test('what is no JSON ends all the same', () => {
    for (const text of ['', '"', '"\\', '\\"', ']]]]', '"\\\\\\"', ',']) expect(() => count(text, 100)).not.toThrow();
  });

  test('30 MB of empty objects cost the bytes up to the limit, and a long one others get their turn', () => {
    let read = 0;
    const body = new Proxy(Buffer.alloc(30 * 1024 * 1024, '{},'), {
      get: (target, name) => {
        if (typeof name === 'string' && /^\d+$/.test(name)) read = Number(name);
        return Reflect.get(target, name);
      },
    });
    expect(() => [...counted(body, bodyLimits.ids)]).toThrow('values');
    expect(read).toBeLessThan(1024 * 1024);
    expect(count(' '.repeat(8 * 1024 * 1024), 10)).toBeGreaterThan(8);
  });

  test('no limit is above what the API takes at all, and each has room for as many ids as may be named', () => {
    for (const { bytes } of Object.values(bodyLimits)) expect(bytes).toBeLessThanOrEqual(apiLimits.bodyBytesMax);
    const id = 'x9999c7s15b1n15';
    const ids = Array(apiLimits.idsPerCallMax).fill(id);
    const bodies = {
      ids: { ComponentIDs: ids, ProcessingModel: 'rigid', ReservationDuration: 1 },
      keys: { ReservationKeys: ids.map((ID) => ({ ID, Key: `${ID}:rk:${'0'.repeat(36)}` })) },
    };
    for (const [name, body] of Object.entries(bodies)) {
      const { bytes, values } = bodyLimits[name as keyof typeof bodies];
      const text = JSON.stringify(body, null, 1);
      expect(text.length).toBeLessThan(bytes);
      expect(() => count(text, values)).not.toThrow();
    }
  });
});
