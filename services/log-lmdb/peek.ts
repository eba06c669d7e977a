import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { LocalUse, LogError, nodeRuntime, type ShardLog, type StreamName } from '@holdfast/log';
import type { Database, RootDatabase } from 'lmdb';
import { ApartStream } from './apart/apart-stream.js';
import { openEnvironment } from './commits.js';
import { fileSystemOf } from './file-system.js';
import { takeFile } from './hold.js';
import { directoryInUse } from './lock.js';
import { checkFile, PageError } from './meta-page.js';
import { damaged } from './ownership.js';
import { openBeside } from './reader-table.js';
import { openRecords, pageLook, Records } from './records.js';
import { storedHead } from './stream.js';

/**
 * Looks into a log that nobody serves, and changes and makes nothing in its directory: LMDB's table of readers is
 * elsewhere for so long. Nobody else can open the log meanwhile. Null where there is no log. Throws LogError `in-use`
 * or `corrupt`, and an Error where the file cannot be opened as a service has to.
 */
export async function peekLmdbLog<T>(
  place: { directory: string; shard: string },
  work: (log: ShardLog) => Promise<T>,
): Promise<T | null> {
  const directory = resolve(place.directory);
  const path = join(directory, 'log.mdb');
  if (!existsSync(path)) return null;
  const lock = takeFile(directory, path);
  if (lock === null) throw await directoryInUse(directory, nodeRuntime, process.pid);
  const elsewhere = mkdtempSync(join(tmpdir(), 'holdfast-look-'));
  let root: RootDatabase | null = null;
  try {
    checkFile(lock.descriptor);
    root = openBeside(join(elsewhere, 'log-lock'), path, (name) => openEnvironment(name, { readOnly: true }));
    return await work(peekedAt(root, path, place.shard, lock.descriptor));
  } catch (error) {
    throw error instanceof PageError ? damaged(path, error) : error;
  } finally {
    await root?.close();
    rmSync(elsewhere, { recursive: true, force: true });
    lock.release();
  }
}

/** The file system that a directory is on, where that is one that other hosts or mounts may write to; else null. */
export async function networkFileSystem(directory: string): Promise<string | null> {
  const { kind, name } = await fileSystemOf(directory);
  return kind === 'network' ? name : null;
}

function peekedAt(root: RootDatabase, path: string, shard: string, descriptor: number): ShardLog {
  const use = new LocalUse(`the log in ${path}`);
  const damage = { first: null };
  const look = pageLook(path, descriptor);
  const numbers = root.openDB<number, string>('numbers', { encoding: 'json' }) as Database<number, string> | undefined;
  const stream = (name: StreamName) => {
    const places = openRecords((each, options) => root.openDB(each, options), name);
    // What was begun and never written to has none.
    if (places.db === undefined || places.checksums === undefined) return new ApartStream(name, nothing);
    const records = new Records(name, places, damage, look);
    const opened = new ApartStream(name, () => ({ read: (_name, position, head) => records.read(position, head) }));
    const start = numbers?.get(`${name} start`) ?? 0;
    opened.move({ start, head: storedHead(places.db, start) });
    return opened;
  };
  const streams = { commands: stream('commands'), events: stream('events') };
  return {
    shard,
    exclusive: true,
    append: async () => nothing(),
    close: async () => {},
    head: async (name) => streams[name].head,
    start: async (name) => streams[name].start,
    tail: (name, position) => use.tail(streams[name], position),
  };
}

function nothing(): never {
  throw new LogError('closed', 'the log is only looked at');
}
