import { expect, it } from 'vitest';
import { GroupCommit } from './appender.js';
import { LogError, type NewRecord } from './port.js';

const record = (value: number, bytes = 1): NewRecord => ({ key: '', value: new Uint8Array(bytes).fill(value) });

/** A log whose appends are settled by hand. */
function heldLog() {
  const appends: { values: number[]; resolve(): void; reject(error: Error): void }[] = [];
  const append = (_: string, records: NewRecord[]) =>
    new Promise<void>((resolve, reject) => {
      appends.push({ values: records.map(({ value }) => value[0]!), resolve, reject });
    });
  return { log: { append }, appends };
}

/** Lets every promise that can settle do so. */
const settled = () => new Promise((resolve) => setImmediate(resolve));
const outcome = (promise: Promise<void>) =>
  promise.then(
    () => 'done',
    (error: LogError) => error.code,
  );

it('appends what came in one turn together', async () => {
  const { log, appends } = heldLog();
  const commit = new GroupCommit(log, 'commands');
  const calls = [commit.append([record(1)]), commit.append([record(2), record(3)])];
  await settled();
  expect(appends.map(({ values }) => values)).toEqual([[1, 2, 3]]);
  appends[0]!.resolve();
  await Promise.all(calls);
});

it('collects while one append is in flight, and settles each caller with its own', async () => {
  const { log, appends } = heldLog();
  const commit = new GroupCommit(log, 'commands');
  const first = commit.append([record(1)]);
  await settled();
  const later = [commit.append([record(2)]), commit.append([record(3)])];
  await settled();
  expect(appends).toHaveLength(1);
  appends[0]!.resolve();
  await first;
  await settled();
  expect(appends.map(({ values }) => values)).toEqual([[1], [2, 3]]);
  appends[1]!.resolve();
  await Promise.all(later);
});

it('bounds an append by count and by bytes, and sends a longer list alone', async () => {
  const appended: number[][] = [];
  const append = async (_: string, records: NewRecord[]) => void appended.push(records.map(({ value }) => value[0]!));
  const commit = new GroupCommit({ append }, 'commands', { appendRecordsMax: 3, appendBytesMax: 10 });
  await Promise.all([
    ...[1, 2, 3, 4].map((value) => commit.append([record(value)])),
    commit.append([5, 6, 7, 8].map((value) => record(value))),
    commit.append([record(9, 6)]),
    commit.append([record(10, 6)]),
  ]);
  expect(appended).toEqual([[1, 2, 3], [4], [5, 6, 7, 8], [9], [10]]);
});

it('fails only the caller whose record is too large, and keeps the order of the others', async () => {
  const appended: number[] = [];
  const append = async (_: string, records: NewRecord[]) => {
    if (records.some(({ value }) => value.length > 5)) throw new LogError('too-large', 'too large');
    appended.push(...records.map(({ value }) => value[0]!));
  };
  const commit = new GroupCommit({ append }, 'commands');
  const calls = [1, 2, 3, 4, 5, 6, 7].map((value) => commit.append([record(value, value === 4 ? 6 : 1)]));
  expect(await Promise.all(calls.map(outcome))).toEqual(['done', 'done', 'done', 'too-large', 'done', 'done', 'done']);
  expect(appended).toEqual([1, 2, 3, 5, 6, 7]);
});

it('fails every caller of an ambiguous append, appends none of them again, and goes on', async () => {
  const { log, appends } = heldLog();
  const commit = new GroupCommit(log, 'commands');
  const lost = [commit.append([record(1)]), commit.append([record(2)])].map(outcome);
  await settled();
  const later = outcome(commit.append([record(3)]));
  appends[0]!.reject(new Error('the connection broke'));
  expect(await Promise.all(lost)).toEqual(['append-failed', 'append-failed']);
  await settled();
  expect(appends.map(({ values }) => values)).toEqual([[1, 2], [3]]);
  appends[1]!.resolve();
  expect(await later).toBe('done');
});

it('takes an empty list for done', async () => {
  const { log, appends } = heldLog();
  await new GroupCommit(log, 'commands').append([]);
  expect(appends).toEqual([]);
});
