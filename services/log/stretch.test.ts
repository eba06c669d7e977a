import { expect, it } from 'vitest';
import { MemoryLog } from './memory.js';
import { nodeRuntime } from './node-runtime.js';
import { recordsOf } from './stretch.js';

const soon = (_: number, callback: () => void) => nodeRuntime.after(1, callback);

async function logOf(count: number): Promise<MemoryLog> {
  const log = Object.assign(new MemoryLog({ shard: 's', runtime: nodeRuntime }), { after: soon });
  if (count > 0) {
    await log.append(
      'events',
      Array.from({ length: count }, (_, n) => ({ key: '', value: Uint8Array.of(n % 256) })),
    );
  }
  return log;
}

async function positions(log: MemoryLog, from: number, to: number): Promise<number[]> {
  const read: number[] = [];
  for await (const records of recordsOf(log, { stream: 'events', from, to })) {
    read.push(...records.map(({ position }) => position));
  }
  return read;
}

it.each([
  [0, 0],
  [3, 3],
  [0, 1],
  [2, 700],
  [690, 700],
])('gives what is from %i up to %i, and nothing beyond', async (from, to) => {
  const wanted = Array.from({ length: to - from }, (_, n) => from + n);
  expect(await positions(await logOf(720), from, to)).toEqual(wanted);
});

it.each([0, 5])(
  'a log that lost its tail meanwhile, and holds %i records, is lost, and not waited for',
  async (left) => {
    await expect(positions(await logOf(left), 0, 10)).rejects.toMatchObject({
      code: 'lost',
      message: expect.stringContaining(`events went up to position 10, and now ends at ${left}`),
    });
  },
);

it('one that is slow is waited for, also where it does not say its head', async () => {
  const log = await logOf(5);
  let asked = 0;
  log.head = () => {
    if (++asked === 3) void log.append('events', [{ key: '', value: Uint8Array.of(1) }]);
    return asked < 2 ? Promise.reject(new Error('unavailable')) : Promise.resolve(6);
  };
  expect(await positions(log, 0, 6)).toEqual([0, 1, 2, 3, 4, 5]);
});

it('one that is closed meanwhile says so', async () => {
  const log = await logOf(5);
  log.head = async () => {
    void log.close();
    return 10;
  };
  await expect(positions(log, 0, 10)).rejects.toMatchObject({ code: 'closed' });
});
