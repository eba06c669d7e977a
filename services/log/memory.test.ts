import { expect, it } from 'vitest';
import { describeShardLog } from './conformance.js';
import { MemoryLog } from './memory.js';

const record = (value: number) => ({ key: '', value: new Uint8Array([value]) });
const clock = (...times: number[]) => ({ now: () => times.shift() ?? 0 });

describeShardLog('MemoryLog', async () => {
  let log = new MemoryLog({ shard: 's', runtime: { now: () => 1_000 } });
  return {
    log,
    async reopen() {
      const again = log.open();
      await log.close();
      log = again;
      return again;
    },
    trim: (before) => log.trim('commands', before),
    cleanup: () => log.close(),
  };
});

it('keeps what the clock says, also when it steps back', async () => {
  const log = new MemoryLog({ shard: 's', runtime: clock(50, 20) });
  await log.append('commands', [record(1), record(2)]);
  await log.append('commands', [record(3)]);
  expect((await log.tail('commands', 0).next())?.map(({ appendTime }) => appendTime)).toEqual([50, 50, 20]);
});

it('shows what one handle appended to a tail of another, and survives the closing of either', async () => {
  const one = new MemoryLog({ shard: 's', runtime: clock() });
  const other = one.open();
  const next = other.tail('events', 0).next();
  await one.append('events', [record(1)]);
  await one.close();
  expect(await next).toHaveLength(1);
  await other.append('events', [record(2)]);
  expect(await other.head('events')).toBe(2);
});

it('admits one process only where it is told so', () => {
  expect(new MemoryLog({ shard: 's', runtime: clock() }).exclusive).toBe(false);
  const exclusive = new MemoryLog({ shard: 's', runtime: clock(), exclusive: true });
  expect(exclusive.exclusive).toBe(true);
  expect(exclusive.open().exclusive).toBe(true);
});
