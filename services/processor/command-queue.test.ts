import { localCodec } from '@holdfast/events';
import { MemoryLog, nodeRuntime } from '@holdfast/log';
import { afterEach, expect, test } from 'vitest';
import { engineHeader } from './command-log.js';
import { CommandQueue } from './command-queue.js';

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
function queueOf(source: MemoryLog, from = 0) {
  const stops: Error[] = [];
  let told = () => {};
  queue = new CommandQueue({
    log: source,
    codec,
    runtime: nodeRuntime,
    from,
    onCommand: () => told(),
    onStop: (error) => {
      stops.push(error);
      told();
    },
  });
  const news = () => new Promise<void>((resolve) => (told = resolve));
  return { queue, stops, news };
}

const positions = (from: CommandQueue) => [...from.undecided()].map(({ position }) => position);

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
