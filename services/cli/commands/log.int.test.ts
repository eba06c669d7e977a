import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LogError } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { scratch } from '../../../test/support/service.js';
import { exitCodeOf, wordsOf } from '../exit-codes.js';
import { writeNote } from '../log-note.js';
import type { ServeOptions } from '../settings.js';
import { comparedWith, withLog } from './log.js';

let place: Awaited<ReturnType<typeof scratch>>;
let data: string;
beforeEach(async () => {
  place = await scratch();
  data = place.directory;
});
afterEach(() => place.remove());

const served = { shard: shardName, log: 'a'.repeat(64) };
const checkpoint = { resume: 7, sequence: 7, epoch: 1, owner: '', hash: '' } as never;
const failure = () => withLog({ data } as ServeOptions, async () => null).catch((error: unknown) => error);

test('a directory that never had a log is wrong usage', async () => {
  const error = await failure();
  expect([exitCodeOf(error), wordsOf(error)]).toEqual([2, expect.stringMatching(/--data \S+ holds no log: give/)]);
});

test('one whose log is gone is not: that log is lost', async () => {
  await writeNote(data, { ...served, checkpoint }, new Date());
  const error = await failure();
  expect(error).toMatchObject({ name: 'LogError', code: 'lost' });
  expect([exitCodeOf(error), wordsOf(error)]).toEqual([
    1,
    expect.stringMatching(/log\.json knows the log .*no log in the/),
  ]);
});

test('where another log was expected it is said which note says so, and that another --data may be meant', async () => {
  const lost = new LogError('lost', 'the log is lost');
  const kafka = { topics: {} } as never;
  const words = (of: typeof kafka | null) => wordsOf(comparedWith({ data, kafka: of }, lost));
  expect(words(kafka)).toContain(
    `the note in the directory ${data} (--data). A log that is served with another directory`,
  );
  await mkdir(join(data, 'log'));
  await writeFile(join(data, 'log', 'log.mdb'), '');
  expect(words(kafka)).toContain(`${data} (--data), which has an embedded log of its own, so the note may be of that.`);
  expect(words(null)).not.toContain('of its own');
  expect(exitCodeOf(comparedWith({ data, kafka }, lost))).toBe(1);
  const other = new LogError('corrupt', 'it contradicts itself');
  expect(comparedWith({ data, kafka }, other)).toBe(other);
});
