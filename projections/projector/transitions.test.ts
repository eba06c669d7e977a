import { LogError } from '@holdfast/log';
import { expect, test } from 'vitest';
import type { ReadAhead } from '../read-ahead.js';
import type { ProjectorHappening, ProjectorState } from './states.js';
import { move, type ProjectorTable, table } from './transitions.js';

const ahead = {} as ReadAhead;
const error = new LogError('corrupt', 'test');
const idle: ProjectorState = { name: 'idle' };
const opening: ProjectorState = { name: 'opening' };
const reading: ProjectorState = { name: 'reading', ahead, log: 'log' };
const resting: ProjectorState = { name: 'resting', ahead, log: 'log' };
const waiting: ProjectorState = { name: 'waiting', because: error };
const closed: ProjectorState = { name: 'closed' };
const working = [opening, reading, resting];
const happenings: ProjectorHappening[] = [
  { name: 'startAsked' },
  { name: 'interrupted' },
  { name: 'restDue' },
  { name: 'rested' },
  { name: 'awaited' },
  { name: 'failed', error },
  { name: 'failedForGood', error },
  { name: 'retryDue' },
  { name: 'damageFound' },
  { name: 'recheckAsked' },
  { name: 'closeAsked' },
];

const [closeAhead, cutShort] = [{ do: 'closeAhead', ahead }, { do: 'cutShort' }] as const;

test('a pair that is left out does not compile', () => {
  const { recheckAsked: _, ...rest } = table.waiting;
  // @ts-expect-error: what a recheck makes of one that waits is missing.
  const holed: ProjectorTable = { ...table, waiting: rest };
  expect(holed).toBeDefined();
});

test('it begins once', () => {
  expect(move(idle, { name: 'startAsked' })).toEqual([opening, { do: 'run' }]);
  for (const state of [opening, reading, resting, waiting, closed]) {
    expect(move(state, { name: 'startAsked' })).toEqual([state]);
  }
});

test('what it reads ends with its reading, however that ends', () => {
  const ends: ProjectorHappening[] = [
    { name: 'failed', error },
    { name: 'failedForGood', error },
    { name: 'damageFound' },
    { name: 'closeAsked' },
  ];
  for (const happening of ends) {
    for (const state of [reading, resting]) {
      const [next, ...effects] = move(state, happening);
      expect(next).not.toHaveProperty('ahead');
      expect(effects).toContainEqual(closeAhead);
    }
  }
  expect(move(closed, { name: 'opened', ahead, log: 'log' })).toEqual([closed, closeAhead]);
});

test('who waits for more ends its rest, and nothing else', () => {
  expect(move(resting, { name: 'awaited' })).toEqual([reading, cutShort]);
  for (const state of [opening, reading, waiting]) expect(move(state, { name: 'awaited' })).toEqual([state]);
});

test('positions that were made anew are looked up', () => {
  expect(move(reading, { name: 'recheckAsked' })).toEqual([reading, closeAhead]);
  expect(move(resting, { name: 'recheckAsked' })).toEqual([reading, closeAhead, cutShort]);
  expect(move(reading, { name: 'interrupted' })).toEqual([opening, closeAhead]);
});

test('what fails is tried again, at once where damage is found meanwhile', () => {
  for (const state of working) expect(move(state, { name: 'failed', error })[0]).toEqual(waiting);
  expect(move(waiting, { name: 'retryDue' })).toEqual([opening]);
  expect(move(waiting, { name: 'damageFound' })).toEqual([opening, cutShort]);
});

test('what fails for good stops it, but for one that closes', () => {
  for (const state of working) {
    const [next, ...effects] = move(state, { name: 'failedForGood', error });
    expect(next).toEqual({ name: 'stopped', error });
    expect(effects).toContainEqual({ do: 'tellStopped', error });
  }
  expect(move(closed, { name: 'failedForGood', error })).toEqual([closed]);
});

test('nothing leads out of closed, nor out of stopped', () => {
  for (const state of [closed, { name: 'stopped', error } satisfies ProjectorState]) {
    for (const happening of happenings) expect(move(state, happening)).toEqual([state]);
  }
});
