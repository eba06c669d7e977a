import { expect, test } from 'vitest';
import { acceptable } from './accept.js';

const json = (header: string | undefined) => acceptable(header, ['application/json']).length > 0;

test('JSON is taken by whoever asks for nothing, for it, or for a range that it is in', () => {
  for (const header of [
    undefined,
    '',
    '*/*',
    'application/json',
    'APPLICATION/JSON;q=0.1',
    'application/*',
    'text/html,application/xml;q=0.9,*/*;q=0.8',
  ]) {
    expect(json(header), header).toBe(true);
  }
});

test('it is not taken by whoever asks for other things, or says that it is not', () => {
  for (const header of ['text/plain', 'text/*', 'application/xml;q=0.9, text/html', 'application/json;q=0, */*']) {
    expect(json(header), header).toBe(false);
  }
});

test('a header that is none counts as absent', () => {
  for (const header of ['json', 'application/json;q=2', 'a/b/c']) expect(json(header), header).toBe(true);
});

test('of several offers the one that is liked best comes first', () => {
  const offers = ['text/html', 'application/json'] as const;
  expect(acceptable('text/html;q=0.5, application/json', offers)).toEqual(['application/json', 'text/html']);
  expect(acceptable('*/*', offers)).toEqual(['text/html', 'application/json']);
});
