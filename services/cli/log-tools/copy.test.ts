import { localCodec, shardSecret } from '@holdfast/events';
import { type LogRecord, logIdentity, MemoryLog, type NewRecord } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { beforeEach, expect, test } from 'vitest';
import { generateLog, VirtualClock } from '../../../test/support/generated-log.js';
import { type CopyOptions, copyLog } from './copy.js';
import { asJson, parseMoment, replay } from './replay.js';
import { logSource } from './source.js';
import { verifyLog } from './verify.js';

const codec = localCodec();
const secret = shardSecret(Buffer.alloc(32, 1));
const newLog = () => new MemoryLog({ shard: shardName, runtime: new VirtualClock() });
let sound: MemoryLog;
let events: LogRecord[];

beforeEach(async () => {
  const clock = new VirtualClock();
  sound = new MemoryLog({ shard: shardName, runtime: clock });
  await generateLog({ log: sound, clock, secret, events: 400, components: 10, seed: 3 });
  events = await allOf(sound);
});

async function allOf(log: MemoryLog): Promise<LogRecord[]> {
  const found: LogRecord[] = [];
  for await (const records of (await logSource(log)).read('events', 0)) found.push(...records);
  return found;
}

const verified = async (log: MemoryLog) =>
  verifyLog({ source: await logSource(log), codec, seals: [], rows: null, secret: null, onProgress: () => {} });

/** The log with another list of events. */
async function damagedLog(records: NewRecord[]): Promise<MemoryLog> {
  const log = newLog();
  await log.append('events', records);
  for await (const commands of (await logSource(sound)).read('commands', 0)) await log.append('commands', commands);
  return log;
}

async function copied(source: MemoryLog, log: MemoryLog, more: Partial<CopyOptions>) {
  return copyLog({
    ...{ source: await logSource(source), from: codec, log, to: codec, past: new Set<number>(), until: null },
    ...{
      reason: 'a test wrote there',
      by: 'operator',
      runtime: new VirtualClock(),
    },
    ...{ prepare: async () => {}, onProgress: () => {}, ...more },
  });
}

/** The bytes of an event, but for the last. */
const torn = ({ key, value }: LogRecord): NewRecord => ({ key, value: value.subarray(0, -1) });
const stateOf = async (log: MemoryLog, sequence: number) =>
  asJson((await replay(await logSource(log), codec, [parseMoment('--until', String(sequence))], () => {}))[0]!)
    .components;

test("a stranger's record under an id of ours is left out, and all else is there, in a log of another name", async () => {
  const inGroup = events.findIndex(({ value }) => codec.decodeEvent(value).stamp.index > 0);
  const source = await damagedLog([...events.slice(0, inGroup), torn(events[0]!), ...events.slice(inGroup)]);
  await expect(verified(source)).rejects.toThrow(`position ${inGroup}`);
  const target = newLog();
  const { seal, commands } = await copied(source, target, { past: new Set([inGroup]) });
  const before = await verified(sound);
  const found = await verified(target);
  expect(found).toMatchObject({ groups: before.groups + 1, voided: 1, duplicates: 0 });
  expect(found.strays.events).toEqual({ count: 1, first: [inGroup + 1] });
  expect(seal.sequence).toBe(before.seal.sequence + 1);
  expect(commands).toBe(0);
  expect(await stateOf(target, before.seal.sequence)).toEqual(await stateOf(sound, before.seal.sequence));
  expect(await logIdentity(target)).not.toBe(await logIdentity(source));
  const restored = (await allOf(target)).map(({ value }) =>
    value.length === 0 ? null : codec.decodeEvent(value).event,
  );
  expect(restored.at(-2)).toMatchObject({
    command: 'engine.LogRestored',
    reason: expect.stringContaining(`without the events at ${inGroup}: a test wrote there`),
    origin: { actor: { name: 'operator', authenticated: false } },
  });
});

test('a group that is lost with a damaged record cannot be passed over, and nothing is written; what is before it is copied', async () => {
  const at = events.findIndex(({ value, position }) => position > 200 && codec.decodeEvent(value).stamp.size === 1);
  const source = await damagedLog(events.map((record) => (record.position === at ? torn(record) : record)));
  const target = newLog();
  await expect(copied(source, target, { past: new Set([at]) })).rejects.toThrow(/gap/);
  expect([await target.head('events'), await target.head('commands')]).toEqual([0, 0]);
  const { seal } = await copied(source, target, { until: at });
  const { sequence } = codec.decodeEvent(events[at]!.value).stamp;
  expect(seal.sequence).toBe(sequence);
  expect(await stateOf(target, sequence - 1)).toEqual(await stateOf(sound, sequence - 1));
  expect((await verified(target)).undecided).toBeGreaterThan(0);
});

test('a position that is not there, and a target that is not empty, are refused', async () => {
  const past = new Set([events.length]);
  await expect(copied(sound, newLog(), { past })).rejects.toThrow(`no position ${events.length}`);
  await expect(copied(sound, sound, { past: new Set([1]) })).rejects.toThrow('not empty');
});
