import { describe, expect, test } from 'vitest';
import type { CommandQueue } from './command-queue.js';
import type { DecidedAhead } from './decided-ahead.js';
import type { ProcessorHappening } from './happenings.js';
import { type Open, owning, type ProcessorState, roleOf } from './states.js';
import { move, type ProcessorTable, table } from './transitions.js';

const queue = {} as CommandQueue;
const ahead = {} as DecidedAhead;
const claim = { epoch: 3, owner: 'me' };
const error = new Error('test');

const standby: Open = { name: 'standby', queue, lastOwned: 1 };
const claiming: Open = { name: 'claiming', queue, lastOwned: 1, claim };
const owner: Open = { name: 'owner', queue, claim, ahead };
const open: Open[] = [{ name: 'starting' }, standby, claiming, owner];
const closing = open.map((was): ProcessorState => ({ name: 'closing', was }));

const seen = (epoch: number, of: string, ended = false): ProcessorHappening => ({
  name: 'epochSeen',
  epoch,
  owner: of,
  ended,
  begin: () => ahead,
});
const happenings: ProcessorHappening[] = [
  { name: 'ready', queue },
  seen(4, 'another'),
  { name: 'claimDue', claim },
  { name: 'claimTimedOut', claim },
  { name: 'claimOvertaken', claim },
  { name: 'claimFailed', claim },
  { name: 'appendFailed', ahead },
  { name: 'failed', error },
  { name: 'closeAsked' },
  { name: 'finished' },
];
const done = (state: ProcessorState, happening: ProcessorHappening) => move(state, happening).slice(1);

test('a pair that is left out does not compile', () => {
  const { claimFailed: _, ...rest } = table.owner;
  // @ts-expect-error: what a failed claim makes of an owner is missing.
  const holed: ProcessorTable = { ...table, owner: rest };
  expect(holed).toBeDefined();
  expect(happenings.map(({ name }) => name).sort()).toEqual(Object.keys(table.owner).sort());
});

test.each([
  ['the first of its number', seen(3, 'me'), 'owner'],
  ['that came second', seen(3, 'another'), 'standby'],
  ['that a higher one overtook', seen(4, 'another'), 'standby'],
  ['that has not come back', seen(2, 'another', true), 'claiming'],
])('a claim %s', (_, happening, name) => {
  expect(move(claiming, happening)[0].name).toBe(name);
});

test('an owner begins with what was accepted, and decides every command again', () => {
  expect(move(claiming, seen(3, 'me'))[0]).toEqual(owner);
  expect(done(claiming, seen(3, 'me'))).toEqual(
    expect.arrayContaining([{ do: 'cancelTimer' }, { do: 'rewind', queue }, { do: 'wake' }]),
  );
});

test.each([
  ['another epoch is seen', seen(4, 'another')],
  ['an append failed', { name: 'appendFailed', ahead } as ProcessorHappening],
])('once %s nothing that was decided ahead is left, and it knows which epoch was its own', (_, happening) => {
  expect(move(owner, happening)[0]).toEqual({ name: 'standby', queue, lastOwned: 3 });
  expect(done(owner, happening)).toEqual(
    expect.arrayContaining([
      { do: 'rewind', queue },
      { do: 'watch', after: 'back off' },
    ]),
  );
});

test('what failed in an epoch that is over takes no other from its owner', () => {
  const before = {} as DecidedAhead;
  expect(move(owner, { name: 'appendFailed', ahead: before })).toEqual([owner]);
  const earlier = { ...claim };
  for (const name of ['claimTimedOut', 'claimOvertaken', 'claimFailed'] as const) {
    expect(move(claiming, { name, claim: earlier })).toEqual([claiming]);
    expect(move(owner, { name, claim })).toEqual([owner]);
  }
});

test('after a clean stop of another it looks at once, and after its own it stays what it is', () => {
  expect(done(standby, seen(2, 'another', true))).toContainEqual({ do: 'watch', after: 'at once' });
  expect(done(standby, seen(2, 'another'))).toEqual([]);
  expect(move(owner, seen(3, 'me', true))).toEqual([owner]);
});

describe('what closes', () => {
  test('stays what it was until it has finished', () => {
    for (const state of open) {
      const [next] = move(state, { name: 'closeAsked' });
      expect([next, roleOf(next)]).toEqual([{ name: 'closing', was: state }, state.name]);
      expect(move(next, { name: 'finished' })[0]).toEqual({ name: 'closed' });
    }
  });

  test('owns the shard until it loses it', () => {
    const [next] = move(owner, { name: 'closeAsked' });
    expect(owning(next)).toBe(owner);
    expect(owning(move(next, seen(4, 'another'))[0])).toBeNull();
    expect(owning(move(next, { name: 'appendFailed', ahead })[0])).toBeNull();
    expect(owning(move(closing[2]!, seen(3, 'me'))[0])).toEqual(owner);
  });

  test('claims no more', () => {
    for (const state of closing) expect(move(state, { name: 'claimDue', claim })).toEqual([state]);
  });
});

test('nothing leads out of closed, nor out of stopped, which tells its first reason', () => {
  for (const state of [
    { name: 'closed' },
    { name: 'stopped', error: new Error('the first') },
  ] satisfies ProcessorState[]) {
    for (const happening of happenings) expect(move(state, happening)).toEqual([state]);
  }
});

test('whatever it is, it can be stopped, and then reads no more commands', () => {
  for (const state of [...open, ...closing]) {
    expect(move(state, { name: 'failed', error })[0]).toEqual({ name: 'stopped', error });
  }
  expect(done(owner, { name: 'failed', error })).toContainEqual({ do: 'closeQueue', queue });
});
