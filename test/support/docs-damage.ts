import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeRuntime, recordsOf, type ShardLog } from '@holdfast/log';
import { openLmdbLog } from '@holdfast/log-lmdb';
import { shardName } from '@holdfast/shard/shard-name';

/**
 * Copies the log in `data` to `damaged`, with a record more that cannot be read. The secret is where the copy of that
 * one wants it, in `new`.
 */
export async function damagedCopy(at: string): Promise<string> {
  const [data, log] = [join(at, 'data'), join(at, 'damaged', 'log')];
  await Promise.all([mkdir(log, { recursive: true }), mkdir(join(at, 'new'))]);
  await copyFile(join(data, 'log', 'log.mdb'), join(log, 'log.mdb'));
  await copyFile(join(data, 'secret'), join(at, 'new', 'secret'));
  const opened = await openLmdbLog({ directory: log, shard: shardName, runtime: nodeRuntime });
  try {
    return await damage(opened);
  } finally {
    await opened.close();
  }
}

/** Appends what has an id of ours before bytes that are no event. Gives its position. */
export async function damage(log: ShardLog): Promise<string> {
  const head = await log.head('events');
  for await (const records of recordsOf(log, { stream: 'events', from: 0, to: head })) {
    const framed = records.find(({ value }) => value[0] === 0 && value.length > 5);
    if (framed === undefined) continue;
    const value = Buffer.concat([framed.value.subarray(0, 5), Buffer.alloc(40, 0xff)]);
    await log.append('events', [{ key: framed.key, value }]);
    return String(head);
  }
  throw new Error('the log has no record with an id');
}
