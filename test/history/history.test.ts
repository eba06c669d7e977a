import { isSelfFramed } from '@holdfast/events';
import type { MemoryLog } from '@holdfast/log';
import { describe, expect, test } from 'vitest';
import schemaIds from '../../events/schema-ids.json' with { type: 'json' };
import { testModules } from '../modules.js';
import { loadOutcome, loadRecording, recordings, saveOutcome, saveRecording } from './recording.js';
import { decideAgain, logOf, outcomeOf, readGroups } from './replay.js';
import { SteppedClock } from './service.js';
import { recordedSession, retryOn } from './session.js';

/*
 * Logs that earlier versions wrote, replayed for ever: what was once in a log is read as it was meant.
 * HOLDFAST_RECORD_HISTORY=<name> records what this version writes, and changes no recording.
 */
const wanted = process.env.HOLDFAST_RECORD_HISTORY;
if (wanted !== undefined) {
  // Of a log that begins at the newest level, and of one that is raised to it.
  await record(wanted, await recordedSession());
  await record(`${wanted}-raised`, await recordedSession({ level: 1, schemas: [] }));
}

describe.each(recordings())('the log %s', (name) => {
  const recording = loadRecording(name);
  const { groups } = readGroups(recording);

  test('is read and projected as ever', async () => {
    const recorded = loadOutcome(name) as object;
    expect(asRecorded(await outcomeOf(recording), recorded)).toEqual(recorded);
  });

  test('has a group for each command that must leave one, and each is decided again as it was', () => {
    const { decisions } = decideAgain(recording, groups);
    for (const { recorded, now, position } of decisions) expect(now, `command ${position}`).toEqual(recorded);
    expect(decisions.filter(({ recorded }) => 'commandId' in recorded)).toHaveLength(groups.length);
  });

  test('is gone on with: a request that it decided is still the same one', async () => {
    const clock = new SteppedClock();
    clock.passUntil(recording.commands.at(-1)!.appendTime);
    const log = await logOf(recording, clock);
    const events = groups.flatMap((group) => group.events.map(({ event }) => event));
    const repeated = events.find((event) => event.type === 'engine.Repeated');
    expect(await retryOn(log, clock)).toBe(repeated?.originalSequence);
  });
});

test('every version of every message stands in a recording', () => {
  const recorded = recordings().map(loadRecording);
  const ids = new Set(
    recorded.flatMap(({ commands, events }) => [...commands, ...events].map(({ value }) => idOf(value))),
  );
  const missing = Object.entries(schemaIds).filter(([, id]) => !ids.has(id));
  expect(missing).toEqual([]);
});

test('a recording has every way in which a request ends, and records that do not count', () => {
  const recording = loadRecording(recordings().at(-1)!);
  const { groups } = readGroups(recording);
  const outcomes = groups.map(({ events }) => events.at(-1)?.event);
  const ends = outcomes.map((event) => (event?.type === 'engine.RequestDecided' ? event.status : event?.type));
  expect([...new Set(ends)].sort()).toEqual(['accepted', 'conflict', 'engine.Repeated', 'failed', 'refused']);
  const counted = groups.reduce((sum, { events }) => sum + events.length, 0);
  // The others: two epochs that begin and end, and a void event.
  expect(recording.events.length - counted).toBe(5);
});

/** An outcome without what the recorded one lacks. */
function asRecorded(outcome: object, recorded: object): object {
  return testModules.reduce((shown, { history }) => history.asRecorded(shown, recorded), outcome);
}

async function record(name: string, log: MemoryLog): Promise<void> {
  await saveRecording(name, log);
  saveOutcome(name, await outcomeOf(loadRecording(name)));
}

/** The schema's id in its head. */
function idOf(value: Uint8Array): number {
  const head = new DataView(value.buffer, value.byteOffset);
  return isSelfFramed(value) ? head.getUint16(3) : head.getUint32(1);
}
