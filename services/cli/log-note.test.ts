import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beginning, type GroupFeed, MemoryLog, nodeRuntime } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { expect, onTestFinished, test } from 'vitest';
import { decided, GroupWriter } from '../../test/support/groups.js';
import { NoteKeeper, readNote } from './log-note.js';

test('a stop that comes while the note is written waits for it, and nothing fails', async () => {
  const data = await mkdtemp(join(tmpdir(), 'holdfast-'));
  onTestFinished(() => rm(data, { recursive: true, force: true }));
  const log = new MemoryLog({ shard: shardName, runtime: nodeRuntime });
  const writer = new GroupWriter(log);
  await writer.claim();
  await writer.write([decided('thing.X')], { time: 1 });
  const warned: unknown[] = [];
  const logger = { info() {}, debug() {}, error() {}, warn: (...said: unknown[]) => void warned.push(said) };
  const resume = await log.head('events');
  const feed = { stopped: null, reader: { checkpoint: () => ({ ...beginning, resume }) } } as unknown as GroupFeed;
  const keeper = new NoteKeeper({ data, log, feed, runtime: nodeRuntime, logger });
  await Promise.all([keeper.start(), keeper.close()]);
  expect(warned).toEqual([]);
  expect(await readNote(data)).toMatchObject({ shard: shardName });
  expect(await readdir(data)).toEqual(['log.json']);
});
