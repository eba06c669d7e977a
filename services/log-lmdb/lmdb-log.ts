import { constants, fstatSync, rmSync, writeFileSync } from 'node:fs';
import { access, open as openFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import {
  LocalUse,
  LogError,
  type LogSpace,
  makeDirectories,
  type NewRecord,
  type Runtime,
  type StreamName,
  silentLogger,
  spaceLimits,
  type Tail,
} from '@holdfast/log';
import type { Database, DatabaseOptions, Key, RootDatabase } from 'lmdb';
import { Commits, openEnvironment } from './commits.js';
import { endCleanly, lookAtPages } from './ends.js';
import { Hold } from './hold.js';
import { checkFile, PageError } from './meta-page.js';
import type { OwnLmdbLog, OwnLmdbLogOptions } from './options.js';
import { damaged, headsOf, Ownership } from './ownership.js';
import { makeReaderTable, openBeside, type ReaderTable } from './reader-table.js';
import { type Damage, openRecords, pageLook } from './records.js';
import { FileSpace, isNoSpace, noSpace } from './space.js';
import { LmdbStream, type Meta } from './stream.js';
import { watch } from './watch.js';

const dayMs = 24 * 60 * 60 * 1_000;

/**
 * Throws LogError `in-use` while another process has the directory, `corrupt` where it holds another shard, `full`
 * where there is no room to open it.
 *
 * An append resolves, and any reader sees it, only after it was synced. lmdb-js by itself does the reverse on all
 * systems but Windows: its `overlappingSync` makes a commit visible first and flushes it later. Turned off, a commit
 * writes its pages, syncs them, then writes the meta page that makes them count through a descriptor that syncs each
 * write.
 */
export async function openLmdbLog(options: OwnLmdbLogOptions): Promise<OwnLmdbLog> {
  const directory = resolve(options.directory);
  await makeDirectory(directory);
  const { runtime, logger = silentLogger, conditions = { set() {} }, allowNetworkFs = false } = options;
  const { service = process.pid, locked } = options;
  const hold = await Hold.take({ directory, runtime, logger, conditions, allowNetworkFs, service, locked });
  const log = await openOrRelease(directory, hold, options);
  try {
    // A file is not durable before its name in the directory is.
    for (const each of [directory, dirname(directory)]) await syncDirectory(each);
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Throws LogError `full`, and what the file system says. */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    await makeDirectories(directory);
    await access(directory, constants.W_OK);
  } catch (error) {
    throw isNoSpace(error) ? noSpace(`${directory} cannot be written`, error) : error;
  }
}

async function openOrRelease(directory: string, hold: Hold, options: OwnLmdbLogOptions): Promise<OwnLmdbLog> {
  try {
    return new OpenLmdbLog(directory, hold, options);
  } catch (error) {
    await hold.release(null);
    throw error;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  const handle = await openFile(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

class OpenLmdbLog implements OwnLmdbLog {
  readonly shard: string;
  readonly exclusive = true;
  #directory: string;
  #root: RootDatabase;
  #readers: ReaderTable;
  #space: FileSpace;
  #streams: Record<StreamName, LmdbStream>;
  #hold: Hold;
  #commits: Commits;
  #ownership: Ownership;
  #cancelWatch: () => void;
  #retentionMs: number;
  #clock: Runtime;
  #use: LocalUse;
  #closed: Promise<void> | null = null;

  constructor(directory: string, hold: Hold, options: OwnLmdbLogOptions) {
    const { shard, runtime, commandsRetentionMs, reserveBytes = 0, onLost } = options;
    this.shard = shard;
    this.#directory = directory;
    this.#use = new LocalUse(`the log in ${directory}`);
    this.#hold = hold;
    this.#clock = runtime;
    this.#retentionMs = commandsRetentionMs ?? 7 * dayMs;
    const path = join(directory, 'log.mdb');
    ({ root: this.#root, readers: this.#readers } = openRoot(path, hold, options));
    try {
      const used = () => usedBytes(this.#root);
      this.#space = new FileSpace({ path, reserveBytes, used, now: runtime.now });
      hold.assertMayWrite();
      const streams: LmdbStream[] = [];
      const ownership = new Ownership(path, headsOf(path, hold.file), (error) => {
        for (const each of streams) each.wake();
        onLost?.(error);
      });
      this.#ownership = ownership;
      const openDb = <V, K extends Key>(name: string, options: DatabaseOptions) =>
        ownership.during(() => this.#root.openDB<V, K>(name, options));
      const owners = openDb<Buffer, string>('owners', { encoding: 'binary' });
      const token = runtime.random();
      // First of all, so that no commit of this process is ever taken for the former owner's.
      const commits = ownership.during(() => new Commits(owners, () => token));
      this.#commits = commits;
      this.#identify(shard, openDb<string, string>('identity', { encoding: 'string' }));
      const meta: Meta = openDb('numbers', { encoding: 'json' });
      // A synced commit. One whose sync was cut short by a crash may show already, and this makes it last.
      ownership.during(() => meta.putSync('opened at', runtime.now()));
      const damage: Damage = { first: null };
      const stream = (name: StreamName) => {
        const places = openRecords(openDb<Buffer, number>, name);
        const look = pageLook(path, hold.file.descriptor);
        const parts = { ...places, meta, clock: runtime, space: this.#space, commits, damage, look };
        const opened = new LmdbStream(name, parts);
        streams.push(opened);
        return opened;
      };
      this.#streams = { commands: stream('commands'), events: stream('events') };
      commits.begin(ownership, { probe: () => this.#space.probe() });
      const { logger = silentLogger } = options;
      const beat = () => commits.commit({ write: () => void meta.put('alive at', runtime.now()).catch(() => {}) });
      this.#cancelWatch = watch({ path, hold, commits, ownership, beat: () => this.#use.while(beat), runtime, logger });
    } catch (error) {
      void this.#root.close();
      throw error;
    }
  }

  get space(): LogSpace {
    return this.#space;
  }

  get readers(): string | null {
    return this.#readers.memory;
  }

  get ends(): OwnLmdbLog['ends'] {
    const { commands, events } = this.#streams;
    return { commands: commands.ends, events: events.ends };
  }

  append(stream: StreamName, records: NewRecord[]): Promise<void> {
    return this.#use.while(() => this.#streams[stream].append(records));
  }

  async head(stream: StreamName): Promise<number> {
    this.#use.assertOpen();
    // The kernel's lock tells nothing there, and whoever asks for the head shows what is below it.
    if (this.#hold.fileSystem.kind !== 'local') await this.#commits.look();
    return this.#streams[stream].head;
  }

  async start(stream: StreamName): Promise<number> {
    this.#use.assertOpen();
    return this.#streams[stream].start;
  }

  tail(stream: StreamName, position: number): Tail {
    return this.#use.tail(this.#streams[stream], position);
  }

  trim(stream: 'commands', before: number): Promise<number> {
    return this.#use.while(() => this.#streams[stream].trim(before, this.#clock.now() - this.#retentionMs));
  }

  /** Waits for what was begun, then gives the directory free. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  abandon(): Promise<void> {
    this.#closed ??= this.#close('left');
    return this.#closed;
  }

  async #close(end: 'clean' | 'left' = 'clean'): Promise<void> {
    this.#cancelWatch();
    await this.#use.close();
    await this.#space.close();
    const closedAt = this.#ownership.lost === null ? this.#ownership.transaction : null;
    await this.#root.close();
    // Another's mark is not ours to remove.
    if (closedAt !== null && end === 'clean') endCleanly(this.#directory);
    this.#readers.release();
    await this.#hold.release(closedAt);
  }

  #identify(shard: string, identity: Database<string, string>): void {
    const found = identity.get('shard');
    if (found === undefined) this.#ownership.during(() => identity.putSync('shard', shard));
    else if (found !== shard) {
      throw new LogError('corrupt', `${this.#directory} holds the log of shard ${found}, not of ${shard}`);
    }
  }
}

/**
 * Throws LogError `full`, `in-use` as Hold.assertMayWrite, or `corrupt` where the file is none of LMDB's, shorter than
 * it says, or has pages that are none.
 */
function openRoot(
  path: string,
  hold: Hold,
  { look = 'bounded', logger = silentLogger }: OwnLmdbLogOptions,
): { root: RootDatabase; readers: ReaderTable } {
  const { descriptor } = hold.file;
  try {
    checkFile(descriptor);
    lookAtPages({ directory: dirname(path), descriptor, look, logger });
    requireRoom(path, descriptor);
    const mayLink = hold.fileSystem.kind === 'local';
    const readers = makeReaderTable(path, fstatSync(descriptor, { bigint: true }), mayLink);
    // LMDB writes the head of an empty file.
    hold.assertMayWrite();
    const { memory } = readers;
    const root = memory === null ? openEnvironment(path) : openBeside(memory, path, openEnvironment);
    return { root, readers };
  } catch (error) {
    if (error instanceof PageError) throw damaged(path, error);
    throw isNoSpace(error) ? noSpace(`the log in ${dirname(path)} cannot be opened`, error) : error;
  }
}

/** For what LMDB writes to a file that is still empty, as it must not meet the end of the disk. */
function requireRoom(path: string, descriptor: number): void {
  if (fstatSync(descriptor).size > 0) return;
  const trial = `${path}.room`;
  try {
    writeFileSync(trial, Buffer.alloc(spaceLimits.openingBytes), { mode: 0o600 });
  } finally {
    rmSync(trial, { force: true });
  }
}

/** What LMDB's pages take of the file, and its list of those that are free. */
function usedBytes(root: RootDatabase): { bytes: number; freeListBytes: number } {
  const { pageSize, lastPageNumber, free } = root.getStats() as EnvironmentStats;
  const freePages = free.treeBranchPageCount + free.treeLeafPageCount + free.overflowPages;
  return { bytes: (lastPageNumber + 1) * pageSize, freeListBytes: freePages * pageSize };
}

/** Of lmdb-js, whose typings leave it out. */
interface EnvironmentStats {
  pageSize: number;
  lastPageNumber: number;
  free: { treeBranchPageCount: number; treeLeafPageCount: number; overflowPages: number };
}
