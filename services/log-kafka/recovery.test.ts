import { type LogRecord, logLimits, type ShardLog } from '@holdfast/log';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KafkaServer, kafkaMissing, kafkaStartMsMax, startKafka } from '../../test/support/kafka.js';
import { openLog } from './fixture.js';

const record = (value: number) => ({ key: '', value: Buffer.from(String(value)) });

describe.skipIf(kafkaMissing() !== null)(
  'when the broker becomes unavailable',
  () => {
    let server: KafkaServer;
    let log: ShardLog;
    beforeAll(async () => {
      server = await startKafka();
      log = await openLog(server.brokers);
    }, kafkaStartMsMax);
    afterAll(async () => {
      await log?.close();
      await server?.remove();
    });

    /** Reads on until the value comes; gives everything read. */
    async function readTo(tail: { next(): Promise<LogRecord[] | null> }, value: number): Promise<LogRecord[]> {
      const read: LogRecord[] = [];
      while (!read.some((each) => Number(Buffer.from(each.value)) === value)) read.push(...(await tail.next())!);
      return read;
    }

    async function appendUntilTaken(value: number): Promise<void> {
      for (;;) {
        try {
          return await log.append('events', [record(value)]);
        } catch (error) {
          expect(error).toMatchObject({ code: 'append-failed' });
        }
      }
    }

    it.each([{ kill: false }, { kill: true }])(
      'tails, appends and look-ups go on when it is back (kill: $kill)',
      async ({ kill }) => {
        const from = await log.head('events');
        const tail = log.tail('events', from);
        await log.append('events', [record(1)]);
        expect(await readTo(tail, 1)).toHaveLength(1);
        await server.stop({ kill });
        const before = Date.now();
        await expect(log.append('events', [record(2)])).rejects.toMatchObject({ code: 'append-failed' });
        expect(Date.now() - before).toBeLessThan(7_000);
        const appended = appendUntilTaken(3);
        await server.start();
        await appended;
        const read = await readTo(tail, 3);
        expect(read.map(({ position }) => position)).toEqual(read.map((_, i) => from + 1 + i));
        expect(await log.head('events')).toBeGreaterThan(from + 1);
        tail.close();
      },
    );

    it('an append to one that hangs fails in time, and the next one is taken when it wakes', async () => {
      await log.append('commands', [record(1)]);
      await server.pause();
      const before = Date.now();
      await expect(log.append('commands', [record(2)])).rejects.toMatchObject({ code: 'append-failed' });
      expect(Date.now() - before).toBeLessThan(7_000);
      await server.resume();
      await log.append('commands', [record(3)]);
      const read = await readTo(log.tail('commands', 0), 3);
      expect(read.length).toBeLessThanOrEqual(logLimits.tailRecordsMax);
      expect(read.map(({ position }) => position)).toEqual(read.map((_, i) => i));
    });

    it('closes in time although it is unavailable', async () => {
      const other = await openLog(server.brokers);
      const next = other.tail('events', 0).next();
      await server.stop();
      const before = Date.now();
      await other.close();
      expect(Date.now() - before).toBeLessThan(7_000);
      expect(await next).toBeNull();
      await server.start();
    });
  },
  120_000,
);
