import { coreModules, createDecider, leasesOf, type ShardState } from '@holdfast/core';
import { givensToFold, localCodec } from '@holdfast/events';
import { MemoryLog, nodeRuntime } from '@holdfast/log';
import { shardName as shard } from '@holdfast/shard/shard-name';
import { expect, test } from 'vitest';
import { loadRecording, recordings } from '../../../test/history/recording.js';
import { readGroups } from '../../../test/history/replay.js';
import { asJson, changes, cutNote, parseMoment, replay, requireOrder, type StateShown, stateShown } from './replay.js';
import { sealOf } from './seal.js';
import { logSource } from './source.js';
import { LogWalk } from './walk.js';

/* Held against logs that hold every message of every module. */

const names = recordings();
const decider = createDecider(givensToFold());
const source = { shard, ranges: { events: { start: 0, head: 0 }, commands: { start: 0, head: 0 } }, async *read() {} };
const seal = sealOf(new LogWalk(source, localCodec()), null);

/** The states of a recorded log, from nothing on, each after one group more. */
function statesOf(name: string): ShardState[] {
  const states = [decider.initial];
  for (const { events, stamp, sequence } of readGroups(loadRecording(name)).groups) {
    const facts = { events: events.map(({ event }) => event), time: stamp.time, commandId: stamp.commandId, sequence };
    states.push(decider.evolve(states.at(-1)!, facts));
  }
  return states;
}

/**
 * All that a snapshot keeps of the modules, but for what nobody may see: the decider's own account of what a state is.
 */
function kept(state: ShardState): string {
  const pieces = [...decider.save(state)].filter((piece) => 'module' in (piece as object));
  return JSON.stringify(pieces.map((piece) => JSON.stringify(piece)).sort()).replaceAll(
    /"reservationKeyHash[^,}]*/g,
    '',
  );
}

/** What a JSON text holds besides names. */
function values(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [String(value)];
  return Object.values(value).flatMap(values);
}

test.each(names)('%s: whatever a request changed of any module shows as changed, and nothing else does', (name) => {
  const states = statesOf(name);
  let seen = 0;
  for (const [n, after] of states.entries()) {
    if (n === 0) continue;
    const before = states[n - 1]!;
    const found = changes(stateShown(before, seal), stateShown(after, seal));
    const isChanged = kept(before) !== kept(after) || before.level !== after.level;
    expect([n, found.length > 0]).toEqual([n, isChanged]);
    for (const { subject, words } of found) expect([subject, words[0] === words[1]]).toEqual([subject, false]);
    seen += found.length;
  }
  expect(seen).toBeGreaterThan(20);
});

test.each(names)('%s: as JSON it holds whatever the state does, and no hash of a key', (name) => {
  const state = statesOf(name).at(-1)!;
  const shown = new Set(values(asJson(stateShown(state, seal))));
  const pieces = [...decider.save(state)].filter((piece) => 'module' in (piece as object));
  const hashes: string[] = [];
  const [, { name: named }] = coreModules;
  for (const { module, piece } of pieces as { module: string; piece: object }[]) {
    const { shiftMs = 0 } = state.states[`${module}/default`] as { shiftMs?: number };
    const text = JSON.stringify(piece, (field, value) => {
      // What all leases were moved by is in each.
      if (field === 'shiftMs') return undefined;
      if (field === 'expiresAt' && value) return new Date(value + shiftMs).toISOString();
      if (field !== 'reservationKeyHash') return value;
      hashes.push(value);
      return undefined;
    });
    // What is derived from others is a provider's count of children.
    const missing = values(JSON.parse(text, (field, value) => (field === 'children' ? undefined : value)));
    // Pieces of a module may have the names of the events that would make them.
    expect(missing.filter((one) => !shown.has(one) && !one.startsWith(`${named}.`))).toEqual([]);
  }
  expect(hashes.filter((hash) => shown.has(hash))).toEqual([]);
});

/** How many holds there were of each module at most, in a recorded log. */
function mostHeld(name: string): Map<string, number> {
  const most = new Map<string, number>();
  for (const state of statesOf(name)) {
    for (const [module, count] of leasesOf(state)) most.set(module, Math.max(count, most.get(module) ?? 0));
  }
  return most;
}

test('what is held counts with every module, under its name', () => {
  // Whichever recording that is: their names are in no order of the modules that they have.
  const most = names.map(mostHeld).find((one) => ![...one.values()].includes(0));
  expect([...(most?.keys() ?? [])]).toEqual(coreModules.map(({ name }) => name));
});

test('no two lists have a name in common, and no two things a subject', () => {
  const { lists } = stateShown(statesOf(names.at(-1)!).at(-1)!, seal);
  expect(new Set(lists.map((one) => one.name)).size).toBe(lists.length);
  const subjects = lists.flatMap(({ things }) => things.map(({ subject }) => subject));
  expect(new Set(subjects).size).toBe(subjects.length);
});

test('a moment outside the log is refused with what there is, and at its edges is not', async () => {
  const log = new MemoryLog({ shard, runtime: nodeRuntime });
  const { events } = loadRecording(names.at(-1)!);
  const at = (moment: string, now?: number): Promise<StateShown[]> =>
    logSource(log).then((held) => replay(held, localCodec(), [parseMoment('--until', moment)], () => {}, now));
  await expect(at('1')).rejects.toThrow('--until 1 is outside the log, which is empty');
  await log.append('events', events);
  const { groups } = readGroups(loadRecording(names.at(-1)!));
  const [first, last] = [groups[0]!, groups.at(-1)!];
  const time = (ms: number) => new Date(ms).toISOString();
  const [begin, end] = [first.stamp.time, last.stamp.time];
  for (const inside of ['1', String(last.sequence), time(begin), time(end)]) {
    expect(await at(inside, end)).toHaveLength(1);
  }
  expect((await at(time(end + 5_000), end + 5_000))[0]!.seal.sequence).toBe(last.sequence);
  // A log whose time is ahead of this clock.
  expect((await at(time(end), begin))[0]!.seal.sequence).toBe(last.sequence);
  await expect(at('0')).rejects.toThrow('begins at sequence 1');
  await expect(at(String(last.sequence + 1))).rejects.toThrow(`ends at sequence ${last.sequence}`);
  await expect(at(time(begin - 1))).rejects.toThrow(`begins at ${time(begin)}`);
  await expect(at(time(end + 5_001), end + 5_000)).rejects.toThrow(/ends at .*; now it is/);
});

test('a sequence within the events of one request is told, with the one to give; what is asked then is whole', async () => {
  const log = new MemoryLog({ shard, runtime: nodeRuntime });
  await log.append('events', loadRecording(names.at(-1)!).events);
  const { groups } = readGroups(loadRecording(names.at(-1)!));
  const held = await logSource(log);
  const several = groups.filter(({ events }) => events.length > 2);
  expect(several.length).toBeGreaterThan(5);
  for (const { sequence, events } of several.slice(0, 20)) {
    const first = sequence - events.length + 1;
    const moments = [first, sequence - 1, sequence].map((one) => parseMoment('--until', String(one)));
    const states = await replay(held, localCodec(), moments, () => {});
    const notes = moments.map((moment, n) => cutNote(moment, states[n]!));
    expect(notes.slice(0, 2)).toEqual(
      [first, sequence - 1].map((one) =>
        expect.stringMatching(
          new RegExp(
            `^--until ${one} is within the events ${first} to ${sequence} .* after sequence ${first - 1}. Give ${sequence} `,
          ),
        ),
      ),
    );
    expect([notes[2], states[2]!.seal.sequence]).toEqual([null, sequence]);
    expect(states[0]!.seal.sequence).toBe(first - 1);
  }
  const time = parseMoment('--until', new Date(several[0]!.stamp.time).toISOString());
  expect(cutNote(time, (await replay(held, localCodec(), [time], () => {}))[0]!)).toBeNull();
});

const [sooner, later] = ['2026-01-31T12:00:00Z', '2026-01-31T12:00:01Z'];

test.each<[from: string, until: string, sequences: [number, number], why: string | null]>([
  ['7', '9', [7, 9], null],
  ['7', '7', [7, 7], null],
  ['9', '7', [8, 8], '--diff 9 is after --until 7'],
  [sooner, later, [7, 7], null],
  [later, sooner, [7, 7], `--diff ${later} is after --until ${sooner}`],
  ['7', later, [7, 9], null],
  ['9', later, [9, 7], `--diff 9 is after --until ${later}`],
  [later, '7', [9, 7], `--diff ${later} is after --until 7`],
])('what changed from %s to %s', (from, until, [was, is], why) => {
  const moments = [parseMoment('--diff', from), parseMoment('--until', until)] as const;
  const [before, after] = [was, is].map((sequence) => stateShown(decider.initial, { ...seal, sequence }));
  const ordered = () => requireOrder(...moments, { from: before!, until: after! });
  if (why === null) expect(ordered).not.toThrow();
  else expect(ordered).toThrow(`${why}: give the earlier moment with --diff, the later with --until`);
});
