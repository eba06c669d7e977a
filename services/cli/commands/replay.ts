import { asJson, changes, cutNote, parseMoment, replay, requireOrder, type StateShown } from '../log-tools/replay.js';
import { logSource } from '../log-tools/source.js';
import type { ServeOptions } from '../settings.js';
import { counted, table } from '../tables.js';
import { ProgressLine, withLog } from './log.js';
import { complain, say } from './server.js';

export type ReplayOptions = ServeOptions & { until: string; diff?: string; json?: boolean; all?: boolean };

/** `replay`. */
export async function printReplay(options: ReplayOptions): Promise<void> {
  const until = parseMoment('--until', options.until);
  const from = options.diff === undefined ? null : parseMoment('--diff', options.diff);
  if (from !== null) requireOrder(from, until);
  const moments = from === null ? [until] : [until, from];
  const [after, before] = await withLog(options, async ({ log, codec }) => {
    const source = await logSource(log);
    const told = new ProgressLine('replaying', source.ranges.events.head);
    return replay(source, codec, moments, told.at).finally(() => told.done());
  });
  if (from !== null) requireOrder(from, until, { from: before!, until: after! });
  for (const note of [cutNote(until, after!), from && cutNote(from, before!)]) if (note !== null) complain(note);
  const { json, all = false } = options;
  if (before !== undefined) showDifference(before, after!, json ?? false, all);
  else if (json) say(JSON.stringify(asJson(after!), null, 2));
  else show(after!, all);
}

function show({ seal, lists, tables }: StateShown, all: boolean): void {
  say(`${momentOf(seal)}: ${lists.map(({ things, noun }) => counted(things.length, noun)).join(', ')}`);
  for (const { title, headings, rows } of tables) {
    if (title !== undefined) say(title);
    if (rows.length > 0) say(table(headings, rows, all));
  }
}

function showDifference(before: StateShown, after: StateShown, json: boolean, all: boolean): void {
  const changed = changes(before, after);
  if (json) {
    const plainly = changed.map(({ words: _, ...one }) => one);
    say(JSON.stringify({ from: before.seal, to: after.seal, changed: plainly }, null, 2));
    return;
  }
  say(`from ${momentOf(before.seal)} to ${momentOf(after.seal)}: ${counted(changed.length, 'thing')} changed`);
  const rows = changed.map(({ subject, words }) => [subject, ...words]);
  if (rows.length > 0) say(table(['SUBJECT', 'BEFORE', 'AFTER'], rows, all));
}

function momentOf({ sequence, time }: StateShown['seal']): string {
  return `sequence ${sequence}${time === null ? '' : ` (${time})`}`;
}
