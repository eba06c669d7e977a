import { type ComponentShown, changes, parseMoment, replay, type StateShown } from '../log-tools/replay.js';
import { logSource } from '../log-tools/source.js';
import type { ServeOptions } from '../settings.js';
import { counted, table } from '../tables.js';
import { Told, withLog } from './log.js';
import { say } from './server.js';

export type ReplayOptions = ServeOptions & { until: string; diff?: string; json?: boolean; all?: boolean };

/** `replay`. */
export async function printReplay(options: ReplayOptions): Promise<void> {
  const until = parseMoment('--until', options.until);
  const moments = options.diff === undefined ? [until] : [until, parseMoment('--diff', options.diff)];
  const [after, before] = await withLog(options, async ({ log, codec }) => {
    const source = await logSource(log);
    const told = new Told('replaying', source.ranges.events.head);
    return replay(source, codec, moments, told.at).finally(() => told.done());
  });
  const { json, all = false } = options;
  if (before !== undefined) showDifference(before, after!, json ?? false, all);
  else if (json) say(JSON.stringify(after, null, 2));
  else show(after!, all);
}

function show({ seal, components, groups, partitions }: StateShown, all: boolean): void {
  say(
    `${momentOf(seal)}: ${counted(components.length, 'component')}, ${counted(groups.length, 'group')}, ${counted(partitions.length, 'partition')}`,
  );
  const used = components.filter(({ locked, disabled, reservation }) => locked || disabled || reservation !== null);
  say(`${counted(used.length, 'component')} locked, disabled or reserved`);
  const rows = used.map((one) => [one.xname, one.locked ? 'locked' : '-', ...reservationCells(one)]);
  if (rows.length > 0) say(table(['COMPONENT', 'LOCK', 'RESERVATION', 'EXPIRES'], rows, all));
}

function reservationCells({ disabled, reservation }: ComponentShown): [string, string] {
  if (reservation === null) return [disabled ? 'disabled' : '-', '-'];
  return [reservation.kind, reservation.expiresAt ?? 'never'];
}

function showDifference(before: StateShown, after: StateShown, json: boolean, all: boolean): void {
  const changed = changes(before, after);
  if (json) {
    say(JSON.stringify({ from: before.seal, to: after.seal, changed }, null, 2));
    return;
  }
  say(`from ${momentOf(before.seal)} to ${momentOf(after.seal)}: ${counted(changed.length, 'thing')} changed`);
  const rows = changed.map((one) => [one.subject, inWords(one.before), inWords(one.after)]);
  if (rows.length > 0) say(table(['SUBJECT', 'BEFORE', 'AFTER'], rows, all));
}

function momentOf({ sequence, time }: StateShown['seal']): string {
  return `sequence ${sequence}${time === null ? '' : ` (${time})`}`;
}

function inWords(one: ReturnType<typeof changes>[number]['before']): string {
  if (one === null) return 'absent';
  if ('members' in one) return counted(one.members.length, 'member');
  const [reservation, expires] = reservationCells(one);
  const until = reservation === '-' || reservation === 'disabled' ? reservation : `${reservation} until ${expires}`;
  return `${one.locked ? 'locked' : 'unlocked'}, ${until === '-' ? 'free' : until}`;
}
