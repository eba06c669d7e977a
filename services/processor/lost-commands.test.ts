import {
  type Group,
  GroupFeed,
  type MemoryLog,
  type NewRecord,
  nextTurn,
  nodeRuntime,
  type ShardLog,
  type StreamName,
  silentLogger,
} from '@holdfast/log';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { begin, claim, codec, memory, outcome, send, start, stop } from '../../test/support/deciding.js';
import { ShardGateway } from './gateway.js';

vi.mock('../../events/modules.js', async (original) => {
  return (await import('../../test/support/with-example.js')).withExample(original);
});

const runtime = nodeRuntime;

afterEach(stop);

/** A log whose one request was decided, and that nobody decides on any more. */
async function decidedOne(): Promise<MemoryLog> {
  const log = memory(true);
  const { gateway } = await start(log.open());
  await gateway.submit(claim('x0'));
  await stop();
  return log;
}

describe('commands that the log removed', () => {
  test('are no loss where all of them were decided', async () => {
    const log = await decidedOne();
    const head = await log.head('commands');
    await log.trim('commands', head);
    const second = await start(log.open());
    expect((await second.gateway.submit(claim('x1'))).stamp.commandPosition).toBe(head);
  });

  test('before a decision are recorded as lost by the next owner, and what comes after them is decided', async () => {
    const log = await decidedOne();
    const from = await log.head('commands');
    for (const id of ['x1', 'x2']) await send(log, id);
    await log.trim('commands', from + 2);
    await send(log, 'x3');
    const second = await start(log.open());
    const groups: Group[] = [];
    const recorded = new Promise((resolve) => {
      second.feed.subscribe({
        group: (group) => {
          groups.push(group);
          resolve(null);
        },
      });
    });
    await recorded;
    await second.gateway.submit(claim('x4'));
    expect(groups.map(({ stamp }) => stamp.commandPosition)).toEqual([from + 1, from + 2, from + 3]);
    expect(groups[0]!.stamp.commandId).toBe(`lost.${from}.${from + 1}`);
    const reason = `commands ${from} to ${from + 1} were removed from the log before a decision`;
    expect(outcome(groups[0]!)).toMatchObject({ status: 'failed', reason });
    expect(second.processor.state.states['example/default']).toBe(3);
  });

  test('under a reader that lags are recorded too', async () => {
    const log = memory(true);
    const slow = Object.assign(Object.create(log) as ShardLog, {
      exclusive: true,
      shard: log.shard,
      append: (stream: StreamName, records: NewRecord[]) => log.append(stream, records),
      head: (stream: StreamName) => log.head(stream),
      start: (stream: StreamName) => log.start(stream),
      tail(stream: StreamName, position: number) {
        const tail = log.tail(stream, position);
        if (stream === 'events') return tail;
        return { ...tail, next: () => held.then(() => tail.next()), close: () => tail.close() };
      },
    });
    let release = () => {};
    let held = Promise.resolve();
    const { gateway, feed } = await start(slow);
    await gateway.submit(claim('x0'));
    const lastPosition = feed.reader.commandPosition;
    held = new Promise<void>((resolve) => {
      release = resolve;
    });
    // The tail waits at the head already, and gets this one.
    await gateway.submit(claim('x1'));
    for (const id of ['x2', 'x3']) await send(log, id);
    await log.trim('commands', lastPosition + 4);
    const recorded = new Promise<Group>((resolve) => feed.subscribe({ group: resolve }));
    release();
    expect((await recorded).stamp.commandId).toBe(`lost.${lastPosition + 2}.${lastPosition + 3}`);
    await gateway.submit(claim('x4'));
  });

  test('are told at once to whoever waits for one', async () => {
    const log = await decidedOne();
    const feed = new GroupFeed({ log, codec });
    const waiting = new ShardGateway({ log, feed, codec, runtime, logger: silentLogger });
    feed.start();
    const answer = waiting.submit(claim('x1')).catch((error: unknown) => error);
    while ((await log.head('commands')) === (await log.start('commands'))) await nextTurn();
    await nextTurn();
    await log.trim('commands', await log.head('commands'));
    await start(log.open());
    expect(await answer).toMatchObject({ code: 'lost' });
    waiting.close();
    await feed.close();
  });

  test('with the beginning of their log, before anything was decided, cannot be passed over', async () => {
    const log = memory(true);
    await begin(log);
    await send(log, 'x0');
    await log.trim('commands', 1);
    await expect(start(log.open())).rejects.toMatchObject({ code: 'corrupt' });
  });
});
