import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type LogErrorCode,
  type LogRecord,
  type NewRecord,
  type ShardLog,
  type StreamName,
  streamNames,
} from './port.js';

/** A log under test. */
export interface LogUnderTest {
  log: ShardLog;
  /** Closes `log` and opens the same log anew, where it outlives its handle. */
  reopen?(): Promise<ShardLog>;
  /** Makes the log begin at `before`, where it can forget commands. */
  trim?(before: number): Promise<void>;
  cleanup(): Promise<void>;
}

/**
 * What every adapter of ShardLog must do. `open` gives a log that is empty. Not part of the package's index, as it
 * needs vitest: import it as `@holdfast/log/conformance`.
 */
export function describeShardLog(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`${name} as a shard log`, () => {
    let under: LogUnderTest;
    let log: ShardLog;
    beforeEach(async () => {
      under = await open();
      log = under.log;
    });
    afterEach(() => under.cleanup());

    describeAppends(() => log);
    describeTails(() => under);

    it('keeps everything when it is opened again', async ({ skip }) => {
      if (!under.reopen) return skip();
      await log.append('events', numbered(0, 2_500));
      await log.append('commands', numbered(0, 3));
      const before = await read(log, 'events', 0, 2_500);
      const again = await under.reopen();
      expect(await again.head('events')).toBe(2_500);
      expect(await again.head('commands')).toBe(3);
      expect(await read(again, 'events', 0, 2_500)).toEqual(before);
      await again.append('events', numbered(2_500, 1));
      expect((await read(again, 'events', 2_500, 1)).map(text)).toEqual(['2500']);
    });

    it('refuses everything once closed', async () => {
      await log.append('events', numbered(0, 1));
      await log.close();
      await fails('closed', () => log.append('events', numbered(1, 1)));
      await fails('closed', () => log.head('events'));
      await fails('closed', async () => log.tail('events', 0).next());
    });
  });
}

function describeAppends(log: () => ShardLog): void {
  it('begins empty', async () => {
    for (const stream of streamNames) {
      expect(await log().start(stream)).toBe(0);
      expect(await log().head(stream)).toBe(0);
    }
  });

  it('gives records in the order of their appends, at dense positions', async () => {
    await log().append('events', numbered(0, 3));
    await log().append('events', numbered(3, 2));
    const records = await read(log(), 'events', 0, 5);
    expect(records.map(text)).toEqual(['0', '1', '2', '3', '4']);
    expect(records.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4]);
  });

  it('keeps its streams apart', async () => {
    await log().append('commands', numbered(0, 2));
    await log().append('events', numbered(10, 1));
    expect((await read(log(), 'commands', 0, 2)).map(text)).toEqual(['0', '1']);
    expect((await read(log(), 'events', 0, 1)).map(text)).toEqual(['10']);
    expect(await log().head('events')).toBe(1);
  });

  it('says when it took a record, and the same on every read', async () => {
    await log().append('commands', numbered(0, 2));
    const first = await read(log(), 'commands', 0, 2);
    for (const { appendTime } of first) expect(appendTime).toSatisfy(Number.isSafeInteger);
    expect(await read(log(), 'commands', 0, 2)).toEqual(first);
  });

  it('keeps keys and bytes as they are', async () => {
    const every = Uint8Array.from({ length: 256 }, (_, i) => i);
    const records: NewRecord[] = [
      { key: 'x0c0s6b0n0', value: every },
      { key: '', value: new Uint8Array() },
      { key: 'Schlüssel 鍵 🔑', value: new Uint8Array([0]) },
      { key: 'a view', value: every.subarray(100, 110) },
    ];
    await log().append('events', records);
    const back = await read(log(), 'events', 0, 4);
    expect(back.map(({ key, value }) => ({ key, value: [...value] }))).toEqual(
      records.map(({ key, value }) => ({ key, value: [...value] })),
    );
  });

  it('keeps a record whatever becomes of the buffer that it came in', async () => {
    const value = new Uint8Array([1, 2, 3]);
    await log().append('events', [{ key: 'k', value }]);
    value.fill(9);
    expect([...(await read(log(), 'events', 0, 1))[0]!.value]).toEqual([1, 2, 3]);
  });

  it('takes an empty append for done', async () => {
    await log().append('events', []);
    expect(await log().head('events')).toBe(0);
  });

  it('takes 100,000 records at once', async () => {
    await log().append('events', numbered(0, 100_000));
    expect(await log().head('events')).toBe(100_000);
    const records = await read(log(), 'events', 0, 100_000);
    expect(records.every((record, i) => record.position === i && text(record) === String(i))).toBe(true);
  });

  it('takes records of 2 MB between small ones', async () => {
    const large = () => ({ key: 'large', value: new Uint8Array(2 * 1024 * 1024).map((_, i) => i * 7) });
    await log().append('commands', [...numbered(0, 1), large(), large(), large(), ...numbered(4, 1)]);
    const records = await read(log(), 'commands', 0, 5);
    expect(records.map(({ value }) => value.byteLength)).toEqual([1, 2_097_152, 2_097_152, 2_097_152, 1]);
    expect(Buffer.compare(records[2]!.value, large().value)).toBe(0);
  });

  it('refuses a record that is too large, and appends nothing of that list', async () => {
    const huge = { key: 'huge', value: new Uint8Array(33 * 1024 * 1024) };
    await fails('too-large', () => log().append('commands', [...numbered(0, 2), huge]));
    expect(await log().head('commands')).toBe(0);
    await log().append('commands', numbered(0, 1));
    expect((await read(log(), 'commands', 0, 1)).map(text)).toEqual(['0']);
  });

  it('loses none of many concurrent appends, and keeps the order of each list', async () => {
    const appends = Array.from({ length: 200 }, (_, i) => log().append('events', numbered(i * 10, 1 + (i % 3))));
    await Promise.all(appends);
    const count = Array.from({ length: 200 }, (_, i) => 1 + (i % 3)).reduce((a, b) => a + b);
    expect(await log().head('events')).toBe(count);
    const values = (await read(log(), 'events', 0, count)).map((record) => Number(text(record)));
    expect(new Set(values).size).toBe(count);
    for (let i = 0; i < 200; i++) {
      const mine = values.filter((value) => Math.floor(value / 10) === i);
      expect(mine).toEqual(Array.from({ length: 1 + (i % 3) }, (_, k) => i * 10 + k));
    }
  });

  it('has a head behind every append that was acknowledged before the look-up', async () => {
    for (let i = 1; i <= 20; i++) {
      await log().append('events', numbered(i, 1));
      expect(await log().head('events')).toBe(i);
    }
  });
}

function describeTails(under: () => LogUnderTest): void {
  const log = () => under().log;

  it('tails from any position', async () => {
    await log().append('events', numbered(0, 50));
    for (const from of [0, 1, 17, 49]) {
      const records = await read(log(), 'events', from, 50 - from);
      expect(records.map(({ position }) => position)).toEqual(Array.from({ length: 50 - from }, (_, i) => from + i));
    }
  });

  it('waits at the head until something is appended', async () => {
    await log().append('events', numbered(0, 2));
    const tail = log().tail('events', 2);
    const next = tail.next();
    await log().append('events', numbered(2, 1));
    expect((await next)?.map(text)).toEqual(['2']);
    const more = tail.next();
    await log().append('events', numbered(3, 1));
    expect((await more)?.map(text)).toEqual(['3']);
    tail.close();
  });

  it('feeds several tails alike', async () => {
    const tails = Array.from({ length: 3 }, () => log().tail('commands', 0));
    const reads = tails.map((tail) => take(tail, 40));
    for (let i = 0; i < 40; i += 10) await log().append('commands', numbered(i, 10));
    const [first, ...others] = await Promise.all(reads);
    expect(first!.map(text)).toEqual(numbered(0, 40).map(text));
    for (const other of others) expect(other).toEqual(first);
    for (const tail of tails) tail.close();
  });

  it('ends a tail that is closed, also while it waits, and no other', async () => {
    const [waiting, other] = [log().tail('events', 0), log().tail('events', 0)];
    const next = waiting.next();
    waiting.close();
    expect(await next).toBeNull();
    expect(await waiting.next()).toBeNull();
    waiting.close();
    const still = other.next();
    await log().append('events', numbered(0, 1));
    expect((await still)?.map(text)).toEqual(['0']);
    other.close();
    expect(await other.next()).toBeNull();
  });

  it('ends its tails when it is closed', async () => {
    const next = log().tail('events', 0).next();
    await log().close();
    expect(await next).toBeNull();
  });

  it('refuses to tail from past the head or before the start', async () => {
    await log().append('events', numbered(0, 3));
    for (const position of [4, 1_000, -1]) {
      await fails('out-of-range', async () => log().tail('events', position).next());
    }
  });

  it('refuses to tail from what it has forgotten, and keeps the positions of the rest', async ({ skip }) => {
    const { trim } = under();
    if (!trim) return skip();
    await log().append('commands', numbered(0, 30));
    await trim(20);
    expect(await log().start('commands')).toBe(20);
    expect(await log().head('commands')).toBe(30);
    await fails('out-of-range', async () => log().tail('commands', 19).next());
    expect((await read(log(), 'commands', 20, 10)).map(text)).toEqual(numbered(20, 10).map(text));
  });

  it('goes on at its head when it has forgotten everything', async ({ skip }) => {
    const { trim, reopen } = under();
    if (!trim) return skip();
    await log().append('commands', numbered(0, 5));
    await trim(5);
    const again = reopen ? await reopen() : log();
    expect(await again.start('commands')).toBe(5);
    expect(await again.head('commands')).toBe(5);
    await again.append('commands', numbered(5, 1));
    expect((await read(again, 'commands', 5, 1)).map(({ position }) => position)).toEqual([5]);
  });
}

/** Records whose values are these numbers in decimal. */
function numbered(from: number, count: number): NewRecord[] {
  return Array.from({ length: count }, (_, i) => ({ key: `k${from + i}`, value: Buffer.from(String(from + i)) }));
}

function text({ value }: NewRecord): string {
  return Buffer.from(value).toString();
}

async function read(log: ShardLog, stream: StreamName, from: number, count: number): Promise<LogRecord[]> {
  const tail = log.tail(stream, from);
  try {
    return await take(tail, count);
  } finally {
    tail.close();
  }
}

async function take(tail: { next(): Promise<LogRecord[] | null> }, count: number): Promise<LogRecord[]> {
  const records: LogRecord[] = [];
  while (records.length < count) {
    const batch = await tail.next();
    expect(batch).not.toHaveLength(0);
    if (batch === null) throw new Error(`the tail ended after ${records.length} of ${count} records`);
    records.push(...batch);
  }
  expect(records).toHaveLength(count);
  return records;
}

async function fails(code: LogErrorCode, call: () => Promise<unknown>): Promise<void> {
  await expect(call()).rejects.toMatchObject({ name: 'LogError', code });
}
