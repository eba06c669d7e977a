import type { Command, CommandHeader, Event, RecordedSchema } from '@holdfast/events';
import { describe, expect, test } from 'vitest';
import { createShardDecider, type Module, type ShardState } from './index.js';
import { wholeSnapshot } from './whole-snapshot.js';

/** Refuses from level 2 on what it accepted before, as a rule that came with that level would. */
const ruled: Module = {
  initial: null,
  decide: (_command, _state, { level }) => {
    if (level < 2) return { events: [], status: 'accepted', total: 0 };
    return { events: [], status: 'refused', total: 0, reason: 'by the new rule' };
  },
  evolve: (state: null) => state,
  expire: () => [],
  decideInSteps: null,
  expireInSteps: null,
  shiftLeasesInSteps: null,
  shiftLeases: () => [],
  shift: (state) => state,
  ...wholeSnapshot<null>(1),
};
/** Came with level 2. */
const later: Module = { ...ruled, since: 2, decide: () => ({ events: [], status: 'accepted', total: 0 }) };
const decider = createShardDecider({ ruled, later });

const schema = (id: number, name: string, fingerprint = name): RecordedSchema => ({
  id,
  name,
  version: 1,
  fingerprint,
});
const [locked, unlocked] = [schema(7, 'holdfast.ruled.ComponentLocked'), schema(8, 'holdfast.ruled.ComponentUnlocked')];

const begin = (level: number, schemas: RecordedSchema[] = []): Command => ({
  type: 'engine.CommandLogStarted',
  ...{ logId: 'log', shard: 's', domains: ['ruled/default'], secretFingerprint: 'f', level, schemas },
});
const raise = (level: number, ...schemas: RecordedSchema[]): Command => {
  return { type: 'engine.LevelRaiseRequested', level, schemas };
};
const lock = { type: 'ruled.LockRequested' } as unknown as Command;
const claim = { type: 'later.ClaimRequested' } as unknown as Command;

/** The events of each command, one after the other, and the state in the end. */
function given(...commands: Command[]): { events: Event[][]; levels: number[]; state: ShardState } {
  let state = decider.initial;
  let sequence = 0;
  const levels: number[] = [];
  const events = commands.map((command, position) => {
    const actor = { name: 'alice', authenticated: true, address: '', userAgent: '' };
    const header: CommandHeader = {
      id: `c${position}`,
      domain: command === claim ? 'later/default' : 'ruled/default',
      actor,
      keyed: false,
      reason: '',
      idempotencyKey: '',
      traceparent: '',
    };
    const received = { position, appendTime: 1_000 + position, decoded: { header, command, digest: `d${position}` } };
    const { events: decided, now, level, commandId } = decider.decide(received, state);
    levels.push(level);
    sequence += decided.length;
    state = decider.evolve(state, { events: decided, time: now, commandId, sequence });
    return decided;
  });
  return { events, levels, state };
}

const types = (events: Event[] | undefined) => events?.map(({ type }) => type);

describe('a new log', () => {
  test('begins at the level that its first command names, with what its ids mean', () => {
    const { events, state } = given(begin(2, [locked, unlocked]));
    expect(types(events[0])).toEqual([
      'engine.ShardOpened',
      'engine.CommandLogAttached',
      'engine.LevelRaised',
      'engine.SchemasRecorded',
      'engine.RequestDecided',
    ]);
    expect(state).toMatchObject({ level: 2, schemas: [locked, unlocked] });
  });

  test('of a version without levels has the first', () => {
    const { events, state } = given(begin(1));
    expect(types(events[0])).toEqual(['engine.ShardOpened', 'engine.CommandLogAttached', 'engine.RequestDecided']);
    expect(state).toMatchObject({ level: 1, schemas: [] });
  });

  test('is not begun with ids that mean two things', () => {
    const { events, state } = given(begin(2, [locked, { ...unlocked, id: locked.id }]));
    expect(events[0]).toMatchObject([
      { status: 'refused', reason: expect.stringContaining('the id 7 would be that of') },
    ]);
    expect(state).toMatchObject({ level: 1, secretFingerprint: '' });
  });
});

test('a shard that was opened keeps its level where another command log begins', () => {
  let { state } = given(begin(1));
  const again = { ...begin(2, [locked]), logId: 'another' } as Command;
  const header = { id: 'c', domain: 'd', keyed: false, reason: '', idempotencyKey: '', traceparent: '' };
  const actor = { name: '', authenticated: false, address: '', userAgent: '' };
  const decoded = { header: { ...header, actor }, command: again, digest: '' };
  const { events, now } = decider.decide({ position: 0, appendTime: 2_000, decoded }, state);
  state = decider.evolve(state, { events, time: now, commandId: 'c', sequence: 9 });
  expect(types(events)).toEqual(['engine.CommandLogAttached', 'engine.RequestDecided']);
  expect(state.level).toBe(1);
});

describe('a level is raised', () => {
  test('and a module that came with it decides from then on', () => {
    const { events } = given(begin(1), claim, raise(2, locked), claim);
    expect(events.map((group) => group.at(-1))).toMatchObject([
      { status: 'accepted' },
      { status: 'refused', reason: 'it needs level 2 of the log, which has 1' },
      { status: 'accepted' },
      { status: 'accepted' },
    ]);
  });

  test('and what came before it was decided, and stays, by the old rule', () => {
    const { events, levels, state } = given(begin(1), lock, raise(2, locked), lock);
    expect(events.map((group) => group.at(-1))).toMatchObject([
      { status: 'accepted' },
      { status: 'accepted' },
      { status: 'accepted' },
      { status: 'refused', reason: 'by the new rule' },
    ]);
    expect(types(events[2])).toEqual(['engine.LevelRaised', 'engine.SchemasRecorded', 'engine.RequestDecided']);
    // The step itself is written in the form of before it.
    expect(levels).toEqual([1, 1, 1, 2]);
    expect(state.schemas).toEqual([locked]);
  });

  test.each([1, 2])('never to what it is, or back: %d', (level) => {
    const { events, state } = given(begin(2, [locked]), raise(level, locked));
    expect(events[1]).toMatchObject([{ status: 'refused', reason: 'the log has level 2' }]);
    expect(state.level).toBe(2);
  });

  test.each([
    ['an id for another schema', [locked, { ...unlocked, id: 7 }], 'the id 7 would be that of'],
    ['another id for a schema', [{ ...locked, id: 9 }], 'has the id 7 in the log, not 9'],
    ['a schema with two ids', [locked, { ...locked, id: 9 }], 'would have two ids'],
    ['without one that was recorded', [unlocked], 'is missing, which the log has'],
    ['another schema of that name', [{ ...locked, fingerprint: 'x' }], 'is another schema in the log'],
  ])('never with %s', (_, schemas, why) => {
    const { events, state } = given(begin(2, [locked]), raise(3, ...schemas));
    expect(events[1]).toMatchObject([{ status: 'refused', reason: expect.stringContaining(why) }]);
    expect(state).toMatchObject({ level: 2, schemas: [locked] });
  });

  test('with more schemas, which keep those of before', () => {
    expect(given(begin(2, [locked]), raise(3, unlocked, locked)).state).toMatchObject({ level: 3 });
  });
});

test('a state that was saved before there were levels is one of the first', () => {
  const { state } = given(begin(1), lock);
  const restorer = decider.restorer();
  for (const piece of decider.save(state)) {
    const saved = JSON.parse(JSON.stringify(piece));
    if ('shard' in saved) {
      delete saved.shard.level;
      delete saved.shard.schemas;
    }
    restorer.take(saved);
  }
  expect(restorer.state()).toMatchObject({ level: 1, schemas: [], commandLog: 'log' });
});
