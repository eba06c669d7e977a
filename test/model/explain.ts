import { lostCommands } from '@holdfast/core';
import type { Codec, Givens } from '@holdfast/events';
import { type Group, GroupReader, type LogRecord, takeRecord } from '@holdfast/log';
import { claim, sameJson } from './claim.js';
import { Model, type Stood, type View } from './model.js';

/** What a reader that begins now, at the log's start, accepts of these events. */
export function readAll(shard: string, events: readonly LogRecord[], codec: Codec): Group[] {
  const reader = new GroupReader(shard);
  const groups: Group[] = [];
  for (const record of events) {
    const { group } = takeRecord(codec, reader, record);
    if (group !== null) groups.push(group);
  }
  return groups;
}

/** What the model shows once everything below a position of `events` was read. */
export interface Moment {
  end: number;
  view: View;
}

/**
 * Every command is decided once, in order, and as the model says. Gives what is then to be seen. SPEC rules 3, 7, 10,
 * 11.
 */
export function everyCommandExplained(
  commands: readonly LogRecord[],
  groups: readonly Group[],
  codec: Codec,
  givens: Givens,
): Moment[] {
  const model = new Model(givens);
  const moments: Moment[] = [{ end: 0, view: model.view() }];
  const decided = new Map(groups.map((group) => [group.stamp.commandPosition, group]));
  claim(decided.size === groups.length, 'a command was decided twice');
  const lost = groups.flatMap(({ stamp }) => lostCommands(stamp.commandId) ?? []);
  for (const { position, appendTime, value } of commands) {
    const gone = lost.find(({ from, to }) => from <= position && position <= to);
    const ofLost = gone?.to === position ? model.lose(gone) : [];
    const expected = gone === undefined ? model.step(position, appendTime, stood(codec, value)) : ofLost;
    const group = decided.get(position);
    const events = (group?.events ?? []).map(({ event }) => event);
    claim(
      sameJson(events, expected),
      () => `command ${position}: the log says ${JSON.stringify(events)}, the model ${JSON.stringify(expected)}`,
      { command: position },
    );
    if (group !== undefined) moments.push({ end: group.end, view: model.view() });
  }
  return moments;
}

/** A command as a reader of `commands` finds it. */
export function stood(codec: Codec, value: Uint8Array): Stood {
  try {
    return codec.decodeCommand(value);
  } catch (error) {
    return { undecodable: (error as Error).message };
  }
}
