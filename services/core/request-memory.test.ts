import { expect, test } from 'vitest';
import { nothingRemembered, type RequestMemory, recall, remember } from './request-memory.js';

const windowMs = 1_000;
const plenty = 1_000;
const at = (time: number) => ({ digest: 'd', sequence: time, time });

function remembering(times: number[], count = plenty): RequestMemory {
  return times.reduce((memory, time) => remember(memory, `id ${time}`, at(time), windowMs, count), nothingRemembered);
}

test('a request is remembered for the whole window, wherever a generation ends', () => {
  const times = Array.from({ length: 50 }, (_, n) => 10_000 + n * 130);
  const memory = remembering(times);
  const now = times.at(-1)!;
  for (const time of times) {
    const found = recall(memory, `id ${time}`, now, windowMs);
    expect(found !== undefined, `decided ${now - time} ms ago`).toBe(now - time < windowMs);
  }
});

test('a request is forgotten when the window has passed', () => {
  const memory = remembering([10_000]);
  expect(recall(memory, 'id 10000', 10_999, windowMs)).toEqual(at(10_000));
  expect(recall(memory, 'id 10000', 11_000, windowMs)).toBeUndefined();
});

test('what is remembered stays below the cap, and the newest half is always there', () => {
  const times = Array.from({ length: 95 }, (_, n) => 10_000 + n);
  const memory = remembering(times, 20);
  expect(memory.current.size + memory.previous.size).toBeLessThanOrEqual(20);
  for (const time of times.slice(-10)) expect(recall(memory, `id ${time}`, 10_095, windowMs)).toBeDefined();
});
