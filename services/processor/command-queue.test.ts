import { localCodec, type RecordedSchema } from '@holdfast/events';
import { foreignTo, MemoryLog, nodeRuntime } from '@holdfast/log';
import { afterEach, expect, test } from 'vitest';
import { clearGarbage } from '../../test/support/garbage.js';
import { engineHeader } from './command-log.js';
import { CommandQueue } from './command-queue.js';
import { processorLimits } from './limits.js';

const codec = localCodec();
const log = () => new MemoryLog({ shard: 's', runtime: nodeRuntime });
let queue: CommandQueue | null = null;

afterEach(() => queue?.close());

async function appendTicks(to: MemoryLog, count: number): Promise<void> {
  const { value } = codec.encodeCommand({ type: 'engine.Tick', barrier: false }, engineHeader('i'));
  await to.append(
    'commands',
    Array.from({ length: count }, () => ({ key: 's', value })),
  );
}

/** A queue over `source`, and a way to wait until it has read up to a position. */
function queueOf(source: MemoryLog, from = 0, now = nodeRuntime.now, codec = localCodec()) {
  let recorded: readonly RecordedSchema[] = [];
  const stops: Error[] = [];
  const strays: number[] = [];
  const losses: [from: number, to: number][] = [];
  let told = () => {};
  queue = new CommandQueue({
    log: source,
    codec,
    runtime: { ...nodeRuntime, now },
    from,
    onCommand: () => told(),
    isForeign: (value) => foreignTo(recorded)(value),
    onStray: (position) => strays.push(position),
    onLost: (from, to) => losses.push([from, to]),
    onStop: (error) => {
      stops.push(error);
      told();
    },
  });
  const news = () => new Promise<void>((resolve) => (told = resolve));
  const record = (schemas: readonly RecordedSchema[]) => {
    recorded = schemas;
    codec.adopt(schemas);
  };
  return { queue, stops, strays, losses, news, record };
}

const positions = (from: CommandQueue) => [...from.undecided()].map(({ position }) => position);

test('strays are told, and decided on like any other command', async () => {
  const source = log();
  await source.append('commands', [{ key: '', value: new Uint8Array() }]);
  await appendTicks(source, 1);
  await source.append('commands', [{ key: 'k', value: Buffer.from('a line of text') }]);
  const { queue, strays, news } = queueOf(source);
  const read = news();
  queue.start();
  await read;
  expect(strays).toEqual([0, 2]);
  const decoded = [...queue.undecided()].map((command) => 'undecodable' in command.decoded);
  expect(decoded).toEqual([true, false, true]);
});

const wire = (id: number) => Buffer.from(`00${id.toString(16).padStart(8, '0')}00`, 'hex');

test("an id that is not in the log's record is a stray's, told once its outcome is accepted", async () => {
  const source = log();
  await source.append('commands', [{ key: 'k', value: wire(77_777) }]);
  await appendTicks(source, 1);
  await source.append('commands', [
    { key: 'k', value: wire(77_777) },
    // One of ours that is damaged.
    {
      key: 'k',
      value: codec.encodeCommand({ type: 'engine.Tick', barrier: true }, engineHeader('i')).value.subarray(0, -1),
    },
  ]);
  const { queue, strays, news, record } = queueOf(source);
  const read = news();
  queue.start();
  await read;
  queue.accept(0);
  // Nobody could say so yet.
  expect(strays).toEqual([]);
  record(codec.schemas());
  queue.accept(3);
  expect(strays).toEqual([2]);
  await source.append('commands', [{ key: 'k', value: wire(77_777) }]);
  const late = queueOf(source, 4);
  late.record(codec.schemas());
  late.queue.accept(4);
  const readLate = late.news();
  late.queue.start();
  await readLate;
  late.queue.close();
  expect(late.strays).toEqual([4]);
});

test('what could not be decoded when it was read is decoded by what the log has said since', async () => {
  const source = log();
  const { value } = codec.encodeCommand({ type: 'engine.Tick', barrier: false }, engineHeader('i'));
  const { fingerprint } = codec.unframe(value)!;
  const tick = codec.schemas().find((schema) => schema.fingerprint === fingerprint)!;
  const moved = Buffer.concat([wire(77_777).subarray(0, 5), value.subarray(5)]);
  await source.append('commands', [{ key: 'k', value: moved }]);
  const { queue, strays, news, record } = queueOf(source);
  const read = news();
  queue.start();
  await read;
  expect(queue.next()?.decoded).toHaveProperty('undecodable');
  record([{ ...tick, id: 77_777 }]);
  queue.rewind();
  expect(queue.next()?.decoded).toMatchObject({ command: { type: 'engine.Tick' } });
  queue.accept(0);
  expect(strays).toEqual([]);
});

test('commands come in order, and again after a rewind, until they are accepted', async () => {
  const source = log();
  await appendTicks(source, 4);
  const { queue, news } = queueOf(source);
  const read = news();
  queue.start();
  await read;
  expect([queue.next(), queue.next()].map((command) => command?.position)).toEqual([0, 1]);
  queue.rewind();
  expect(queue.next()?.position).toBe(0);
  queue.accept(1);
  expect(queue.next()?.position).toBe(2);
  queue.rewind();
  expect(positions(queue)).toEqual([2, 3]);
});

test('a command that another process decided before this one read it is not decided again', async () => {
  const source = log();
  await appendTicks(source, 3);
  const { queue, news } = queueOf(source);
  queue.accept(1);
  const read = news();
  queue.start();
  await read;
  expect(queue.next()?.position).toBe(2);
});

test('what is not a command is queued with the reason, so that it gets an outcome', async () => {
  const source = log();
  await source.append('commands', [{ key: 's', value: new Uint8Array([1, 2, 3]) }]);
  const { queue, news } = queueOf(source);
  const read = news();
  queue.start();
  await read;
  expect(queue.next()?.decoded).toEqual({ undecodable: expect.stringContaining('wire format') });
});

test('a position past the head stops it', async () => {
  const { queue, stops, news } = queueOf(log(), 7);
  const told = news();
  queue.start();
  await told;
  expect(stops).toMatchObject([{ code: 'out-of-range' }]);
});

test('where the clock steps back, what was seen before does not look young until it is there again', async () => {
  const source = log();
  await appendTicks(source, 2);
  let now = 3_700_000;
  const { queue, news } = queueOf(source, 0, () => now);
  const read = news();
  queue.start();
  await read;
  const seen = () => [...queue.undecided()].map(({ seenAt }) => seenAt);
  expect(seen()).toEqual([3_700_000, 3_700_000]);
  now = 100_000;
  expect(seen()).toEqual([100_000, 100_000]);
  now = 103_000;
  expect(seen()).toEqual([100_000, 100_000]);
});

test('a large command that is decided is not kept, however few come behind it', async () => {
  const source = log();
  await source.append('commands', [{ key: 'k', value: Buffer.alloc(processorLimits.commandBytesAtOnce + 1) }]);
  await appendTicks(source, 3);
  const { queue, news } = queueOf(source);
  const read = news();
  queue.start();
  await read;
  const large = new WeakRef(queue.next()!);
  expect(queue.next()!.position).toBe(1);
  await clearGarbage();
  expect(large.deref()).toBeDefined();
  queue.accept(0);
  await clearGarbage();
  expect(large.deref()).toBeUndefined();
  // It goes on where it was.
  expect([queue.next()!.position, queue.next()!.position, queue.next()]).toEqual([2, 3, undefined]);
  expect(positions(queue)).toEqual([1, 2, 3]);
  queue.rewind();
  expect(queue.next()!.position).toBe(1);
});
