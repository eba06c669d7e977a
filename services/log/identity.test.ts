import { expect, it } from 'vitest';
import { identityFrom, logIdentity } from './identity.js';
import { MemoryLog } from './memory.js';

const record = (text: string) => ({ key: '', value: Buffer.from(text) });
const [first, other] = [record('\0 first'), record('\0 other')];

async function logOf(...records: ReturnType<typeof record>[]): Promise<MemoryLog> {
  const log = new MemoryLog({ shard: 's', runtime: { now: () => 0 } });
  await log.append('events', records);
  return log;
}

it('is that of the first record, whatever comes later', async () => {
  const identity = await logIdentity(await logOf(first));
  expect(identity).toEqual(expect.any(String));
  expect(await logIdentity(await logOf(first, other))).toBe(identity);
  expect(await logIdentity(await logOf(other, first))).not.toBe(identity);
});

it("is no stranger's: two logs that begin with the same stray are two, and a log with one in front is what it is", async () => {
  const strays = [record(''), record('any text')];
  expect(await logIdentity(await logOf(...strays, first))).toBe(await logIdentity(await logOf(first)));
  expect(await logIdentity(await logOf(...strays, other))).not.toBe(await logIdentity(await logOf(...strays, first)));
});

it('is not known, at once, of a log that holds nothing but strays, or has lost its beginning', async () => {
  expect(await logIdentity(await logOf())).toBeNull();
  expect(await logIdentity(await logOf(record('')))).toBeNull();
  expect(await logIdentity(await logOf(...Array.from({ length: 2_500 }, () => record('stray'))))).toBeNull();
});

it('is waited for', async () => {
  const log = await logOf(record(''));
  const waiting = identityFrom(log.tail('events', 0));
  await log.append('events', [record('stray'), first]);
  expect(await waiting).toBe(await logIdentity(await logOf(first)));
});
