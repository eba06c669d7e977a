import { type ChildProcess, spawn } from 'node:child_process';
import { type Duplex, PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { LogError, type NewRecord, type StreamName } from '@holdfast/log';
import type { LmdbLogOptions } from '../options.js';
import { Channel } from './channel.js';
import { deferred } from './deferred.js';
import { MemoryFile } from './memory-file.js';
import { bytesOf, errorOf, packRecords, type WriterReport, type WriterRequest, type WriterState } from './messages.js';

/** What it is begun with, as JSON. */
export interface ChildOptions extends Omit<LmdbLogOptions, 'runtime' | 'logger' | 'conditions'> {
  /** Process id of the service, for whoever asks who has the directory. */
  service: number;
  /** Whether there is a file in memory. */
  inMemory: boolean;
}

/** Larger appends go by the file in memory: what a socket takes at once. */
const socketBytesMax = 64 * 1024;
/** One that has not closed the log by then is left to itself, and ends. */
const closeMsMax = 30_000;
const none: Buffer = Buffer.alloc(0);
/** Little of it lives for long; its stacks name lines of the sources. */
const flags = ['--max-semi-space-size=16', '--enable-source-maps'];

export interface Opened extends WriterState {
  readers: string | null;
}

/** It ended before it was asked to. */
export class WriterEnded extends Error {}

interface PendingCall {
  /** By `performance.now()`; null for what may take long on a disk that answers. */
  since: number | null;
  resolve(): void;
  reject(error: Error): void;
}

/** A process that writes a log, as the service that began it sees it. */
export class WriterProcess {
  /** Rejects with its reason where it cannot open the log, with WriterEnded where it said none. */
  readonly opened: Promise<Opened>;
  /** In words. Resolves once nothing more comes from it. */
  readonly ended: Promise<string>;
  #child: ChildProcess;
  #channel: Channel<WriterRequest, WriterReport>;
  #memory = MemoryFile.make();
  #waiting = new Map<number, PendingCall>();
  #id = 0;
  #over = false;

  /** `locked` is the log file, open and locked. `on` hears all that it says, before whoever asked for it. */
  constructor(options: Omit<ChildOptions, 'inMemory'>, locked: number, on: (told: WriterReport) => void) {
    const given: ChildOptions = { ...options, inMemory: this.#memory !== null };
    this.#child = this.#spawn([...flags, entry(), JSON.stringify(given)], locked);
    const ended = this.#end();
    const open = deferred<Opened>();
    this.opened = open.promise;
    this.opened.catch(() => {});
    const closed = deferred<void>();
    this.#channel = new Channel<WriterRequest, WriterReport>(
      // Absent where the system has no descriptor left, of which `error` then tells.
      (this.#child.stdio?.[3] as Duplex | undefined) ?? new PassThrough().destroy(),
      (told) => {
        on(told);
        if (told.is === 'open') open.resolve(told);
        else if (told.is === 'refused') open.reject(errorOf(told.error));
        else if (told.is === 'done' || told.is === 'failed') this.#settle(told);
      },
      closed.resolve,
    );
    this.ended = ended.then(async (how) => {
      await closed.promise;
      this.#over = true;
      await this.#memory?.close();
      const error = new LogError('append-failed', `the process that writes the log has ended (${how})`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
      open.reject(
        new WriterEnded(`the process that opens the log in ${options.directory} has ended by itself (${how})`),
      );
      return how;
    });
  }

  /** For how long it has not answered to what needs the disk, in milliseconds. */
  get waitingMs(): number {
    for (const { since } of this.#waiting.values()) if (since !== null) return performance.now() - since;
    return 0;
  }

  /** Rejects as ShardLog.append. */
  async append(stream: StreamName, records: NewRecord[]): Promise<void> {
    const bytes = bytesOf(records);
    const request = { do: 'append' as const, stream, bytes };
    const pack = (into: Buffer) => packRecords(records, into);
    const release = bytes > socketBytesMax ? await this.#memory?.put(bytes, pack) : undefined;
    if (release === undefined) {
      const packed = Buffer.allocUnsafe(bytes);
      pack(packed);
      return this.#ask({ ...request, inMemory: false }, { bytes: packed });
    }
    return this.#ask({ ...request, inMemory: true }).finally(release);
  }

  trim(before: number): Promise<void> {
    return this.#ask({ do: 'trim', before }, { long: true });
  }

  look(): Promise<void> {
    return this.#ask({ do: 'look' });
  }

  /** Resolves once it has closed the log and ended. */
  async close(): Promise<void> {
    this.#ask({ do: 'close' }, { long: true }).catch(() => {});
    const late = setTimeout(() => this.#channel.end(), closeMsMax);
    await this.ended;
    clearTimeout(late);
  }

  /** Rejects with LogError `append-failed` where it ends first. */
  #ask(request: UnnumberedRequest, { bytes = none, long = false } = {}): Promise<void> {
    if (this.#over) {
      return Promise.reject(new LogError('full', 'nothing was appended: the process that writes the log has ended'));
    }
    const id = ++this.#id;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { since: long ? null : performance.now(), resolve, reject });
      this.#channel.send({ ...request, id } as WriterRequest, bytes);
    });
  }

  #settle(told: WriterReport & { is: 'done' | 'failed' }): void {
    const waiting = this.#waiting.get(told.id);
    this.#waiting.delete(told.id);
    if (told.is === 'done') waiting?.resolve();
    else waiting?.reject(errorOf(told.error));
  }

  /** Throws where the system has no room for another. */
  #spawn(args: string[], locked: number): ChildProcess {
    const memory = this.#memory?.descriptor ?? 'ignore';
    try {
      return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit', 'pipe', memory, locked] });
    } catch (error) {
      void this.#memory?.close();
      throw error;
    }
  }

  #end(): Promise<string> {
    return new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(error.message));
      this.#child.once('exit', (code, signal) => resolve(signal ?? `code ${code}`));
    });
  }
}

type UnnumberedRequest = WriterRequest extends infer Each
  ? Each extends { id: number }
    ? Omit<Each, 'id'>
    : never
  : never;

/** It runs what is built, also where this file is run as it stands. */
function entry(): string {
  const built = import.meta.url.endsWith('.ts') ? '../dist/apart/child.js' : './child.js';
  return fileURLToPath(new URL(built, import.meta.url));
}
