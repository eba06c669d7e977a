import { isDeepStrictEqual } from 'node:util';
import type { ShardState } from '@holdfast/core';
import type { Codec } from '@holdfast/events';
import type { Group } from '@holdfast/log';
import { foldingDecider } from '@holdfast/shard';
import type { List, Table, Thing } from '../view.js';
import { listsOf, tablesOf } from '../views.js';
import { ToolError } from './errors.js';
import { folded } from './fold.js';
import { type Seal, sealOf } from './seal.js';
import type { LogSource } from './source.js';
import { LogWalk } from './walk.js';

/** A moment of a log: all groups up to a sequence, or up to a log time in milliseconds since 1970. */
export type ReplayMoment = ({ sequence: number } | { time: number }) & {
  /** The option that names it, and as what. */
  name: string;
  text: string;
};

/** A sequence, or a time as RFC 3339 or any other form with a date. Throws ToolError. */
export function parseMoment(name: string, text: string): ReplayMoment {
  if (/^\d+$/.test(text)) return { name, text, sequence: Number(text) };
  const time = /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) {
    throw new ToolError(
      `${name} must be a sequence, such as 1200, or a time, such as 2026-01-31T12:00:00Z, not ${text}`,
    );
  }
  return { name, text, time };
}

/**
 * Of a moment. Reservations are shown as the log had left them: one past its expiry is ended by the group that comes
 * next.
 */
export interface StateShown {
  /** The log up to the last group of that moment. */
  seal: Seal;
  /** Of the log: which forms and rules hold in it. */
  level: number;
  /** What each module lists. */
  lists: List[];
  /** What people look for in it. */
  tables: Table[];
  /** Sequences of the group that the moment is within, where it is: this is the state before that. */
  within?: { first: number; last: number };
}

/**
 * The states at these moments, folded from the log. Throws LogDiffers where the log contradicts itself, and ToolError
 * for a moment outside it. `now`: milliseconds since 1970.
 */
export async function replay(
  source: LogSource,
  codec: Codec,
  moments: readonly ReplayMoment[],
  onProgress: (position: number) => void,
  now: number = Date.now(),
): Promise<StateShown[]> {
  const decider = foldingDecider();
  const walk = new LogWalk(source, codec);
  const states = new Map<ReplayMoment, StateShown>();
  let state = decider.initial;
  let [first, last]: (Group | null)[] = [null, null];
  for await (const group of walk.groups()) {
    first ??= group;
    for (const moment of moments) {
      if (states.has(moment) || !isAfter(group, moment)) continue;
      states.set(moment, { ...stateShown(state, sealOf(walk, last!)), ...within(group, moment) });
    }
    if (states.size === moments.length) break;
    state = folded(decider, state, group);
    last = group;
    if (group.sequence % 1_000 < group.events.length) onProgress(group.end);
  }
  for (const moment of moments) requireWithin(moment, first!, states.has(moment) ? null : last!, now);
  return moments.map((moment) => states.get(moment) ?? stateShown(state, sealOf(walk, last!)));
}

function isAfter({ sequence, stamp }: Group, moment: ReplayMoment): boolean {
  return 'sequence' in moment ? sequence > moment.sequence : stamp.time > moment.time;
}

function within({ sequence, events }: Group, moment: ReplayMoment): Pick<StateShown, 'within'> {
  const first = sequence - events.length + 1;
  return 'sequence' in moment && moment.sequence >= first ? { within: { first, last: sequence } } : {};
}

/** What to say of a state that is the one before a group which the moment is within; null where it is not. */
export function cutNote({ name, text }: ReplayMoment, { within, seal }: StateShown): string | null {
  if (within === undefined) return null;
  const { first, last } = within;
  const them = `the events ${first} to ${last} of one request, which count together`;
  return `${name} ${text} is within ${them}: this is the state before them, after sequence ${seal.sequence}. Give ${last} for the state after them`;
}

/** What changed is asked for from the earlier moment on. Throws ToolError. `states`: of both, where they are known. */
export function requireOrder(
  from: ReplayMoment,
  until: ReplayMoment,
  states?: { from: StateShown; until: StateShown },
): void {
  const isLater =
    ('sequence' in from && 'sequence' in until && from.sequence > until.sequence) ||
    ('time' in from && 'time' in until && from.time > until.time) ||
    (states !== undefined && states.from.seal.sequence > states.until.seal.sequence);
  if (!isLater) return;
  const [later, earlier] = [from, until].map(({ name, text }) => `${name} ${text}`);
  throw new ToolError(
    `${later} is after ${earlier}: give the earlier moment with ${from.name}, the later with ${until.name}`,
  );
}

/** As `at` has it of the audit. `last`: the last group, where none comes after that moment. */
function requireWithin(moment: ReplayMoment, first: Group | null, last: Group | null, now: number): void {
  const outside = (why: string) => new ToolError(`${moment.name} ${moment.text} is outside the log, which ${why}`);
  if (first === null) throw outside('is empty');
  if ('sequence' in moment) {
    if (moment.sequence < 1) throw outside('begins at sequence 1');
    if (last !== null && moment.sequence > last.sequence) throw outside(`ends at sequence ${last.sequence}`);
    return;
  }
  if (moment.time < first.stamp.time) throw outside(`begins at ${instant(first.stamp.time)}`);
  // Log time is another clock's, and may be ahead of this one.
  const latest = Math.max(now, last?.stamp.time ?? 0);
  if (moment.time > latest) throw outside(`ends at ${instant(last?.stamp.time ?? now)}; now it is ${instant(latest)}`);
}

function instant(ms: number): string {
  return new Date(ms).toISOString();
}

/** Of a state, with the seal of the log up to there. */
export function stateShown(state: ShardState, seal: Seal): StateShown {
  return { seal, level: state.level, lists: listsOf(state), tables: tablesOf(state) };
}

/** For scripts: a member for each list. */
export function asJson({ seal, level, lists }: StateShown): Record<string, unknown> {
  return {
    seal,
    level,
    ...Object.fromEntries(lists.map(({ name, things }) => [name, things.map(({ shown }) => shown)])),
  };
}

/** What differs in one thing between two moments; null where it did not exist. */
export interface MomentDifference {
  /** See Thing. */
  subject: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown> | null;
  /** For people. */
  words: [before: string, after: string];
}

export function changes(before: StateShown, after: StateShown): MomentDifference[] {
  const [was, is] = [thingsOf(before), thingsOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((subject) => {
    const [a, b] = [was.get(subject) ?? null, is.get(subject) ?? null];
    if (isDeepStrictEqual(a?.shown, b?.shown)) return [];
    return [{ subject, before: a?.shown ?? null, after: b?.shown ?? null, words: wordsOf(a, b) }];
  });
}

function thingsOf({ level, lists }: StateShown): Map<string, Thing> {
  const ofLog: Thing = { subject: 'the log', shown: { level }, words: `level ${level}` };
  const all = [ofLog, ...lists.flatMap(({ things }) => things)];
  return new Map(all.map((thing) => [thing.subject, thing]));
}

/** Where what people want to know is alike, the fields that differ. */
function wordsOf(before: Thing | null, after: Thing | null): [string, string] {
  const words: [string, string] = [before?.words ?? 'absent', after?.words ?? 'absent'];
  if (words[0] !== words[1] || before === null || after === null) return words;
  const [was, is] = [flat(before.shown), flat(after.shown)];
  const differ = [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name));
  const shown = (fields: Map<string, string>) =>
    differ.map((name) => `${name} ${fields.get(name) ?? 'absent'}`).join(', ');
  return [shown(was), shown(is)];
}

/** By their names with those of what they are in, such as `properties.role`. */
function flat(shown: Record<string, unknown>, within = ''): Map<string, string> {
  return new Map(
    Object.entries(shown).flatMap(([name, value]): [string, string][] => {
      const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
      if (isRecord) return [...flat(value as Record<string, unknown>, `${within}${name}.`)];
      return [[`${within}${name}`, JSON.stringify(value)]];
    }),
  );
}
