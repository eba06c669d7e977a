import { type DecodedEvent, type Event, localCodec } from '@holdfast/events';
import { expect, it } from 'vitest';
import { logIdentity } from './identity.js';
import { type KnownLog, requireHeld } from './known.js';
import { MemoryLog } from './memory.js';
import { nodeRuntime } from './node-runtime.js';
import { EventWriter, readAll } from './reader-fixture.js';

const codec = localCodec();

async function logOf(events: DecodedEvent<Event>[]): Promise<MemoryLog> {
  const log = new MemoryLog({ shard: 's', runtime: nodeRuntime });
  const records = events.map(({ event, stamp }) => ({ key: '', value: codec.encodeEvent(event, stamp).value }));
  await log.append('events', records);
  return log;
}

/** What a reader of all of these knows. */
async function known(events: DecodedEvent<Event>[]): Promise<KnownLog> {
  const checkpoint = readAll(events).reader.checkpoint();
  const log = (await logIdentity(await logOf(events))) ?? '';
  return { by: 'the test', shard: 's', log, read: checkpoint.resume, checkpoint };
}

function history(owner: string, groups: number) {
  const writer = new EventWriter(1, owner);
  const events = [writer.claim(), ...Array.from({ length: groups }, () => writer.group(2)).flat()];
  return { writer, events };
}

/** What the next owner, who read `events`, writes. */
function goOn(events: DecodedEvent<Event>[], owner: string, groups: number): DecodedEvent<Event>[] {
  const next = EventWriter.after(readAll(events).reader, owner);
  return [next.claim(), ...Array.from({ length: groups }, () => next.group(2)).flat()];
}

const { writer, events } = history('a', 5);
/** What a process that lost the shard still wrote: it counts for nobody. */
const void200 = Array.from({ length: 100 }, () => writer.group(2)).flat();
const whole = [...events, ...goOn(events, 'b', 40)];

it.each([
  ['all of it', whole],
  ['more', [...whole, ...goOn(whole, 'c', 3)]],
])('a log that holds %s is the one', async (_, there) => {
  await requireHeld(await logOf(there), codec, await known(whole));
});

it('so is one whose last records before the place do not count, however many', async () => {
  const ended = [...events, ...goOn(events, 'b', 1), ...void200];
  await requireHeld(await logOf(ended), codec, await known(ended));
});

it('and the same with other framing ids', async () => {
  await requireHeld(await logOf(whole), codec, { ...(await known(whole)), log: 'by its bytes elsewhere' });
});

it('whoever knows of nothing is content with any', async () => {
  await requireHeld(await logOf([]), codec, await known([]));
  await requireHeld(await logOf(whole), codec, await known([]));
});

it.each([
  ['that is empty', [], /the log that is there is empty/],
  ['that is shorter', whole.slice(0, -1), /the log that is there ends at position 91/],
  ['that is another', history('z', 60).events, /the log that is there is another one/],
  [
    'that is another, and had as many owners',
    [...history('z', 5).events, ...goOn(history('z', 5).events, 'y', 60)],
    /the log that is there is another one/,
  ],
  ['from before the last claim, written on by another', [...events, ...goOn(events, 'c', 60)], /an older copy of it/],
  [
    'from before, written on by many',
    [
      ...events.slice(0, 3),
      ...goOn(events.slice(0, 3), 'c', 20),
      ...goOn([...events.slice(0, 3), ...goOn(events.slice(0, 3), 'c', 20)], 'd', 40),
    ],
    /an older copy of it/,
  ],
  ['in which its owner wrote on from earlier', [...whole, ...writerOf(whole).group(2)].slice(0, 93), null],
] as [string, DecodedEvent<Event>[], RegExp | null][])('a log %s', async (_, there, said) => {
  const held = requireHeld(await logOf(there), codec, await known(whole));
  if (said === null) return held;
  await expect(held).rejects.toMatchObject({ code: 'lost', message: expect.stringMatching(said) });
  await expect(held).rejects.toThrow(/the test knows the log \S+ up to position 92 \(sequence 90, epoch 2\)/);
});

function writerOf(all: DecodedEvent<Event>[]): EventWriter {
  const { reader } = readAll(all);
  return new EventWriter(reader.epoch, reader.owner, reader.sequence, reader.commandPosition, reader.hash);
}
