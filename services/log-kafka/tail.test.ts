import type { LogRecord, ShardLog } from '@holdfast/log';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { kafkaMissing, kafkaStartMsMax, sharedKafka } from '../../test/support/kafka.js';
import { administer, appendTransaction, createTopics, freshTopics, openLog } from './fixture.js';
import { ConfigResourceTypes } from './kafkajs.js';
import { wantedSettings } from './topic-settings.js';

const records = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ key: '', value: Buffer.from(String(from + i)) }));

describe.skipIf(kafkaMissing() !== null)('a tail on a real broker', () => {
  let brokers: string;
  const opened: ShardLog[] = [];
  beforeAll(async () => {
    ({ brokers } = await sharedKafka());
  }, kafkaStartMsMax);
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((log) => log.close()));
  });
  const open = async (options: Parameters<typeof openLog>[1]) => {
    const log = await openLog(brokers, options);
    opened.push(log);
    return log;
  };

  it('reads its own partition, and no other', async () => {
    const topics = freshTopics();
    const logs = [];
    for (const partition of [0, 1, 2]) logs.push(await open({ topics, partition, partitions: 3 }));
    const tails = logs.map((log) => log.tail('events', 0));
    for (const [i, log] of logs.entries()) await log.append('events', records(i * 10, i + 1));
    for (const [i, tail] of tails.entries()) {
      const read: string[] = [];
      while (read.length <= i) read.push(...(await tail.next())!.map(({ value }) => Buffer.from(value).toString()));
      expect(read).toEqual(Array.from({ length: i + 1 }, (_, k) => String(i * 10 + k)));
      expect(await logs[i]!.head('events')).toBe(i + 1);
    }
  });

  it.each([
    ['in one with others', 0, 1],
    ['at the end of what there is', 0, 0],
    ['alone, where reading begins', 3, 0],
  ])("reads the end of a stranger's transaction as an empty record: %s", async (_, from, after) => {
    const topics = freshTopics();
    const log = await open({ topics });
    await log.append('events', records(0, 2));
    const began = Date.now();
    // Its end takes a position of its own, some time after the commit.
    await appendTransaction(brokers, topics.events, ['2']);
    await vi.waitFor(async () => expect(await log.head('events')).toBe(4));
    await log.append('events', records(4, after));
    const tail = log.tail('events', from);
    const read: LogRecord[] = [];
    while (from + read.length < 4 + after) read.push(...(await tail.next())!);
    expect(read.map(({ position }) => position)).toEqual(Array.from({ length: 4 + after - from }, (_, n) => from + n));
    const end = read[3 - from]!;
    expect(end).toMatchObject({ key: '', value: expect.objectContaining({ length: 0 }) });
    expect(end.appendTime).toBeGreaterThan(began - 60_000);
    await log.append('events', records(10, 1));
    expect(Buffer.from((await tail.next())![0]!.value).toString()).toBe('10');
  });

  it('reads on behind several ends of transactions in a row', async () => {
    const topics = freshTopics();
    const log = await open({ topics });
    for (const value of ['a', 'b']) await appendTransaction(brokers, topics.events, [value]);
    await appendTransaction(brokers, topics.events, ['c'], 'abort');
    await vi.waitFor(async () => expect(await log.head('events')).toBe(6));
    const tail = log.tail('events', 0);
    const read: string[] = [];
    while (read.length < 6) read.push(...(await tail.next())!.map(({ value }) => Buffer.from(value).toString()));
    expect(read).toEqual(['a', '', 'b', '', 'c', '']);
  });

  it('takes a hole for corruption: records that are gone from between others', async () => {
    const topics = freshTopics();
    const log = await open({ topics });
    // As compaction leaves it, where somebody has it turned on.
    const compacted = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.01', 'segment.ms': '100' };
    await administer(brokers, (admin) =>
      admin.alterConfigs({
        validateOnly: false,
        resources: [
          {
            type: ConfigResourceTypes.TOPIC,
            name: topics.events,
            configEntries: Object.entries({ ...compacted, 'max.compaction.lag.ms': '100' }).map(([name, value]) => ({
              name,
              value,
            })),
          },
        ],
      }),
    );
    const one = (key: string) => [{ key, value: Buffer.from(key) }];
    for (const key of ['a', 'b', 'b', 'c']) await log.append('events', one(key));
    await vi.waitFor(
      async () => {
        await log.append('events', one('d'));
        const tail = log.tail('events', 0);
        const reading = async () => {
          for (let read = 0; read < 5; ) read += (await tail.next())!.length;
        };
        await expect(reading().finally(() => tail.close())).rejects.toMatchObject({
          code: 'corrupt',
          message: expect.stringContaining('position 1 holds no record'),
        });
      },
      { timeout: 50_000, interval: 2_000 },
    );
  }, 60_000);

  it('never goes back to the start of a log that is shorter than what it read', async () => {
    const topics = freshTopics();
    const log = await open({ topics });
    await log.append('events', records(0, 5));
    const tail = log.tail('events', 0);
    expect(await tail.next()).toHaveLength(5);
    const next = tail.next();
    next.catch(() => {});
    await administer(brokers, (admin) => admin.deleteTopics({ topics: [topics.events] }));
    const configEntries = wantedSettings('events', 1).map(({ name, value }) => ({ name, value }));
    await createTopics(brokers, [{ topic: topics.events, numPartitions: 1, configEntries }]);
    await (await open({ topics })).append('events', records(100, 2));
    await expect(next).rejects.toMatchObject({ code: 'out-of-range' });
  });

  it('holds back what nobody takes, and loses none of it', async () => {
    const log = await open({});
    const value = Buffer.alloc(100_000);
    const tail = log.tail('events', 0);
    for (let i = 0; i < 10; i++)
      await log.append(
        'events',
        Array.from({ length: 30 }, () => ({ key: '', value })),
      );
    let expected = 0;
    while (expected < 300) {
      for (const { position } of (await tail.next())!) expect(position).toBe(expected++);
    }
  });
});
