import { coreModules } from '@holdfast/core';
import { type DecodedEvent, type Event, groupHash, localCodec, shardSecret } from '@holdfast/events';
import { LogError, type LogRecord, MemoryLog } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadRecording, recordings } from '../../../test/history/recording.js';
import { generateLog, VirtualClock } from '../../../test/support/generated-log.js';
import { writtenByNewer } from '../../../test/support/newer.js';
import { exitCodeOf, exitCodes } from '../exit-codes.js';
import type { LogDiffers } from './difference.js';
import { asJson, changes, parseMoment, replay, type StateShown } from './replay.js';
import { logSource } from './source.js';
import { type VerifyOptions, verifyLog } from './verify.js';

const codec = localCodec();
const secret = shardSecret(Buffer.alloc(32, 1));
const [{ name: module }] = coreModules;
let original: { events: LogRecord[]; commands: LogRecord[] };

async function generated(seed: number): Promise<typeof original> {
  const clock = new VirtualClock();
  const log = new MemoryLog({ shard: shardName, runtime: clock });
  await generateLog({ log, clock, secret, events: 3_000, components: 60, seed });
  const source = await logSource(log);
  const all = async (stream: 'events' | 'commands') => {
    const found: LogRecord[] = [];
    for await (const records of source.read(stream, 0)) found.push(...records);
    return found;
  };
  return { events: await all('events'), commands: await all('commands') };
}

/** A log with these records, at the times that they had. */
async function logOf({ events, commands }: typeof original): Promise<MemoryLog> {
  const clock = new VirtualClock();
  const log = new MemoryLog({ shard: shardName, runtime: clock });
  for (const [stream, records] of [
    ['events', events],
    ['commands', commands],
  ] as const) {
    for (const record of records) {
      clock.time = record.appendTime;
      await log.append(stream, [record]);
    }
  }
  return log;
}

async function verified(log: MemoryLog, more: Partial<VerifyOptions> = {}) {
  const source = await logSource(log);
  return verifyLog({ source, codec, seals: [], rows: null, secret, onProgress: () => {}, ...more });
}

async function differenceOf(work: Promise<unknown>) {
  const error = await work.then(
    () => null,
    (one: LogDiffers) => one,
  );
  expect(error, 'nothing was found').not.toBeNull();
  expect(error!.difference, error!.stack).toBeDefined();
  return error!.difference;
}

beforeAll(async () => {
  original = await generated(1);
});

test('a sound log is verified, and every command decided anew', async () => {
  const found = await verified(await logOf(original));
  expect(found).toMatchObject({ voided: 0, duplicates: 0, incomplete: 0, undecided: 0 });
  expect(found.decidedAnew).toBe(original.commands.length);
  expect(found.seal.position).toBe(original.events.length - 1);
});

test('strays are told, and make no difference, wherever they lie', async () => {
  const stray = { key: 'a key of theirs', value: Buffer.from('a line'), appendTime: 0, position: 0 };
  const inGroup = original.events.findIndex(({ value }) => codec.decodeEvent(value).stamp.index > 0);
  const events = original.events.flatMap((record, at) => (at === 0 || at === inGroup ? [stray, record] : [record]));
  const log = await logOf({ events: [...events, { ...stray, value: Buffer.alloc(0) }], commands: original.commands });
  await log.append('commands', [stray]);
  const found = await verified(log);
  const sound = await verified(await logOf(original));
  expect(found.strays).toEqual({
    events: { count: 3, first: [0, inGroup + 1, original.events.length + 2] },
    commands: { count: 1, first: [original.commands.length] },
  });
  expect(found).toMatchObject({ groups: sound.groups, decidedAnew: sound.decidedAnew, voided: 0, duplicates: 0 });
  expect(found.seal).toEqual({ ...sound.seal, position: sound.seal.position + 2 });
});

describe('an id that the log has not recorded', () => {
  const stranger = { key: 'theirs', value: Buffer.from('007ffffff0aabb', 'hex'), appendTime: 0, position: 0 };

  test.each(['2026-11-v4', '2026-11-v4-raised'])(
    "is a stray's behind the record of schemas, on both streams: %s",
    async (name) => {
      const recording = loadRecording(name);
      const types = recording.events.map(({ value }) => codec.decodeEvent(value).event.type);
      const behind = types.indexOf('engine.RequestDecided', types.indexOf('engine.SchemasRecorded')) + 1;
      const inGroup = recording.events.findIndex(
        ({ value }, at) => at > behind && codec.decodeEvent(value).stamp.index > 0,
      );
      const events = recording.events.flatMap((record, at) =>
        at === behind || at === inGroup ? [stranger, record] : [record],
      );
      const log = await logOf({ events, commands: recording.commands });
      await log.append('commands', [stranger]);
      const found = await verified(log, { secret: null });
      expect(found.strays).toEqual({
        events: { count: 2, first: [behind, inGroup + 1] },
        // The recording has a line of text among its commands.
        commands: { count: 2, first: [34, recording.commands.length] },
      });
      expect(found).toMatchObject({ decidedAnew: recording.commands.length, undecided: 1 });
      const early = recording.events.flatMap((record, at) => (at === behind - 1 ? [stranger, record] : [record]));
      const stopped = verified(await logOf({ events: early, commands: recording.commands }), { secret: null });
      await expect(stopped).rejects.toMatchObject({ code: 'unknown-event' });
    },
  );

  test('may be one of a newer version where the log has no record: it stops, and a command is not told', async () => {
    const log = await logOf(original);
    await log.append('commands', [stranger]);
    expect((await verified(log)).strays.commands.count).toBe(0);
    await log.append('events', [stranger]);
    await expect(verified(log)).rejects.toMatchObject({ code: 'unknown-event' });
  });
});

test('where older commands are gone, those that are left are decided anew', async () => {
  const log = await logOf(original);
  const start = Math.floor(original.commands.length / 2);
  await log.trim('commands', start);
  const { decidedAnew } = await verified(log);
  expect(decidedAnew).toBeGreaterThan((original.commands.length - start) * 0.9);
});

test.each(recordings())('the recorded log %s is verified, whatever versions its records have', async (name) => {
  const recording = loadRecording(name);
  const { decidedAnew, undecided } = await verified(await logOf(recording), { secret: null });
  expect(decidedAnew).toBe(recording.commands.length);
  expect(undecided).toBe(0);
});

test('without the secret the recorded hashes of keys are taken', async () => {
  expect((await verified(await logOf(original), { secret: null })).decidedAnew).toBe(original.commands.length);
  const other = shardSecret(Buffer.alloc(32, 2));
  expect(await differenceOf(verified(await logOf(original), { secret: other }))).toMatchObject({
    where: expect.stringMatching(/^events/),
  });
});

/** Of the first event of a type in the second half. */
function positionOf(type: Event['type']): number {
  return original.events.findIndex(
    ({ position, value }) => position > 1_500 && codec.decodeEvent(value).event.type === type,
  );
}
const middle = () => positionOf(`${module}.ComponentLocked`);

/** The log after `change` of one event, with every hash behind it made to follow: what a forger would leave. */
function forged(position: number, change: (event: Event) => Event): typeof original {
  let before = '';
  let group: DecodedEvent<Event>[] = [];
  const events = original.events.map((record) => {
    const { event, stamp, fingerprint } = codec.decodeEvent(record.value);
    if (stamp.sequence === 0) return record;
    const { body, value } = codec.encodeEventAs(fingerprint, record.position === position ? change(event) : event, {
      ...stamp,
      before,
    });
    group.push({ event, stamp, fingerprint, body });
    if (stamp.index === stamp.size - 1) {
      before = groupHash(before, group);
      group = [];
    }
    return { ...record, value };
  });
  return { ...original, events };
}

describe('found, and named:', () => {
  test('an event that is missing', async () => {
    const at = middle();
    const events = original.events.filter(({ position }) => position !== at);
    expect(await differenceOf(verified(await logOf({ ...original, events })))).toMatchObject({
      where: 'events',
      position: at,
    });
  });

  test('an event whose bytes were changed', async () => {
    const at = middle();
    const events = original.events.map((record) => {
      if (record.position !== at) return record;
      const value = Buffer.from(record.value);
      value[value.length - 1]! ^= 1;
      return { ...record, value };
    });
    const { position } = await differenceOf(verified(await logOf({ ...original, events })));
    // The next group's hash at the latest.
    expect(position).toBeGreaterThanOrEqual(at);
    expect(position).toBeLessThan(at + 200);
  });

  test('a record under another key', async () => {
    const at = middle();
    const events = original.events.map((record) =>
      record.position === at ? { ...record, key: 'x9999c0s0b0n0' } : record,
    );
    expect(await differenceOf(verified(await logOf({ ...original, events })))).toMatchObject({
      position: at,
      found: '"x9999c0s0b0n0"',
    });
  });

  test('a decision that the rules do not give, though all hashes follow', async () => {
    const at = positionOf(`${module}.RequestRefused`);
    const { event, stamp } = codec.decodeEvent(original.events[at]!.value);
    const { reason } = event as Extract<Event, { type: `${typeof module}.RequestRefused` }>;
    const log = await logOf(forged(at, (one) => ({ ...one, reason: 'Disabled' }) as Event));
    expect(reason).not.toBe('Disabled');
    expect(await differenceOf(verified(log))).toMatchObject({
      where: 'events, decided anew',
      sequence: stamp.sequence,
      subject: `${module}.RequestRefused`,
      expected: `reason "${reason}"`,
      found: '"Disabled"',
    });
  });

  test('a command that left no event, and should have', async () => {
    const answered = new Set(original.events.map(({ value }) => codec.decodeEvent(value).stamp.commandPosition));
    const silent = original.commands.find(({ position }) => !answered.has(position))!;
    const lock = original.commands.find(
      ({ value }) => codec.decodeCommand(value).command.type === `${module}.LockRequested`,
    )!;
    const commands = original.commands.map((one) => (one === silent ? { ...silent, value: lock.value } : one));
    expect(await differenceOf(verified(await logOf({ ...original, commands })))).toMatchObject({
      where: 'commands, decided anew',
      position: silent.position,
    });
  });

  test('a log that ends before its seal, and one that is another', async () => {
    const { seal } = await verified(await logOf(original));
    const shorter = { ...original, events: original.events.slice(0, 2_000) };
    expect(await differenceOf(verified(await logOf(shorter), { seals: [seal] }))).toMatchObject({
      where: 'seal',
      expected: expect.stringContaining(`${seal.sequence}`),
    });
    const other = await logOf(await generated(2));
    expect(await differenceOf(verified(other, { seals: [{ ...seal, sequence: 1 }] }))).toMatchObject({ where: 'seal' });
    const earlier = await verified(await logOf(shorter));
    expect((await verified(await logOf(original), { seals: [earlier.seal] })).seal).toEqual(seal);
  });
});

interface ComponentShown {
  xname: string;
  locked: boolean;
  disabled: boolean;
  reservation: { id: string; kind: 'admin' | 'service'; expiresAt: string | null } | null;
}

const componentsOf = (state: StateShown) => asJson(state).components as ComponentShown[];

test('a replay shows each moment as it was, and what changed between two', async () => {
  const source = await logSource(await logOf(original));
  const at = middle();
  const { event, stamp } = codec.decodeEvent(original.events[at]!.value);
  const { xname } = event as { xname: string };
  const group = stamp.sequence - stamp.index + stamp.size - 1;
  const states = await replay(
    source,
    codec,
    [stamp.sequence - stamp.index - 1, group, new Date(stamp.time - 1).toISOString()].map((moment) =>
      parseMoment('--until', String(moment)),
    ),
    () => {},
  );
  const [before, after, earlier] = states.map(
    (state) => componentsOf(state).find((one) => one.xname === xname)?.locked,
  );
  expect([before, after]).toEqual([false, true]);
  expect(earlier).toBeDefined();
  expect(states[1]!.seal.sequence).toBe(group);
  expect(changes(states[0]!, states[1]!).map(({ subject }) => subject)).toContain(xname);
});

describe('a log that could not be read to its end is no difference', () => {
  const code = async (verifying: Promise<unknown>) =>
    exitCodeOf(
      await verifying.then(
        () => null,
        (error: unknown) => error,
      ),
    );

  test('where it gives nothing any more', async () => {
    const log = await logOf(original);
    const tail = log.tail.bind(log);
    log.tail = (stream, position) => {
      const real = tail(stream, position);
      let batches = 0;
      return { next: () => (batches++ === 0 ? real.next() : new Promise(() => {})), close: () => real.close() };
    };
    const source = await logSource(log, 100);
    const verifying = verifyLog({ source, codec, seals: [], rows: null, secret, onProgress: () => {} });
    await expect(verifying).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('not be read to its end'),
    });
    expect(await code(verifying)).toBe(exitCodes.unreachable);
  });

  test('but one that lost its tail meanwhile is', async () => {
    const log = await logOf(original);
    const head = log.head.bind(log);
    let asked = 0;
    log.head = async (stream) => (await head(stream)) + (stream === 'events' && asked++ === 0 ? 7 : 0);
    const verifying = verified(log);
    await expect(verifying).rejects.toMatchObject({ code: 'lost', message: expect.stringContaining('lost its tail') });
    expect(await code(verifying)).toBe(exitCodes.refused);
  });

  test('where a newer version wrote it', async () => {
    const events = original.events.map((record, i) => (i === 10 ? { ...record, ...writtenByNewer(record) } : record));
    const verifying = verified(await logOf({ ...original, events }));
    await expect(verifying).rejects.toMatchObject({
      code: 'unknown-event',
      message: expect.stringContaining('position 10'),
    });
    expect(await code(verifying)).toBe(exitCodes.unreachable);
  });

  test('which another process has, or which a difference was found in, are told apart', async () => {
    expect(await exitCodeOf(new LogError('in-use', ''))).toBe(exitCodes.unreachable);
    expect(await exitCodeOf(new LogError('corrupt', ''))).toBe(exitCodes.refused);
    expect(await exitCodeOf(new LogError('out-of-range', ''))).toBe(exitCodes.refused);
  });
});
