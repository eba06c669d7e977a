import { isDeepStrictEqual } from 'node:util';
import type { Codec } from '@holdfast/events';
import { type Group, GroupReader, type LogRecord } from '@holdfast/log';
import { type KeyHashes, Model } from './model.js';

/** A promise that was broken. */
export class Violation extends Error {}

export function claim(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what);
}

/** What a reader that begins now, at the log's start, accepts of these events. */
export function readAll(shard: string, events: readonly LogRecord[], codec: Codec): Group[] {
  const reader = new GroupReader(shard);
  const groups: Group[] = [];
  for (const { position, value } of events) {
    const group = reader.take({ position, event: codec.decodeEvent(value) });
    if (group !== null) groups.push(group);
  }
  return groups;
}

/** What the model shows once everything below a position of `events` was read. */
export interface Moment {
  end: number;
  status: unknown;
}

/**
 * Every command is decided once, in order, and as the model says. Gives what is then to be seen. SPEC rules 3, 7, 10, 11.
 */
export function everyCommandExplained(
  commands: readonly LogRecord[],
  groups: readonly Group[],
  codec: Codec,
  keyHashes: KeyHashes,
): Moment[] {
  const model = new Model(keyHashes);
  const moments: Moment[] = [{ end: 0, status: model.status() }];
  const decided = new Map(groups.map((group) => [group.stamp.commandPosition, group]));
  claim(decided.size === groups.length, 'a command was decided twice');
  for (const { position, appendTime, value } of commands) {
    const expected = model.step(position, appendTime, codec.decodeCommand(value));
    const group = decided.get(position);
    const events = (group?.events ?? []).map(({ event }) => event);
    const told = `command ${position}: the log says ${JSON.stringify(events)}, the model ${JSON.stringify(expected)}`;
    claim(isDeepStrictEqual(plain(events), plain(expected)), told);
    if (group !== undefined) moments.push({ end: group.end, status: model.status() });
  }
  return moments;
}

/** Without the classes that a codec gives its values. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
