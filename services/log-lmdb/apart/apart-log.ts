import { join, resolve } from 'node:path';
import {
  GroupCommit,
  LocalUse,
  LogError,
  type Logger,
  type NewRecord,
  nodeRuntime,
  type Runtime,
  requireFits,
  type StreamName,
  silentLogger,
  streamNames,
  type Tail,
} from '@holdfast/log';
import type { FileLock } from '../file-lock.js';
import { fileSystemOf } from '../file-system.js';
import { takeFile } from '../hold.js';
import { holderIsGone } from '../in-use.js';
import { makeDirectory, openLmdbLog } from '../lmdb-log.js';
import { directoryInUse } from '../lock.js';
import type { LmdbLog, LmdbLogOptions } from '../options.js';
import { ApartSpace } from './apart-space.js';
import { ApartStream } from './apart-stream.js';
import { type Ends, errorOf, type WriterReport, type WriterState } from './messages.js';
import { NoTable, SharedLogFile } from './reading.js';
import { WriterEnded, WriterProcess } from './writer-process.js';

/** Between two tries to begin a process that writes. */
const againMs = 1_000;
/** Tries at a start: the one after two that ended without a word looks at all of the file. See `../ends.ts`. */
const triesAtStart = 3;
/** How long a start waits for what a service that has ended left. */
const formerMs = 5_000;
const formerAgainMs = 50;

/**
 * The embedded log, written by a process of its own and read by this one. LMDB's own trouble with a disk that fails in
 * the middle of a commit ends that process, and the next one goes on; and what is written waits for no turn of this
 * one's event loop. Settles as `openLmdbLog`, which it is where the file system is not a local one, or has no place in
 * memory for the table in which LMDB enters who reads: both processes must find the same one, whoever cleans up in the
 * directory; and where the clock is not the system's.
 */
export async function openApart(options: LmdbLogOptions): Promise<LmdbLog> {
  const { runtime } = options;
  const directory = resolve(options.directory);
  await makeDirectory(directory);
  const here = (await fileSystemOf(directory)).kind !== 'local' || runtime.now !== nodeRuntime.now;
  if (here) return openLmdbLog(options);
  const lock = await lockAfterFormer(directory, runtime);
  try {
    const log = new ApartLog(options, lock);
    await log.open();
    return log;
  } catch (error) {
    lock.release();
    if (error instanceof NoTable) return openLmdbLog(options);
    throw error;
  }
}

/** A service that was killed leaves the process that writes for a moment. */
async function lockAfterFormer(directory: string, runtime: Runtime): Promise<FileLock> {
  for (const until = performance.now() + formerMs; ; ) {
    const lock = takeFile(directory, join(directory, 'log.mdb'));
    if (lock !== null) return lock;
    const error = await directoryInUse(directory, runtime, process.pid);
    if (!holderIsGone(error)) throw error;
    if (performance.now() > until) throw notEnding(error);
    await new Promise<void>((resolve) => runtime.after(formerAgainMs, resolve));
  }
}

function notEnding({ message }: LogError): LogError {
  const why =
    'That one has ended, or does not answer, and what it left holds the log: it may look at a large one, or its disk does not answer. See for `holdfast: log` in `ps`, and start again.';
  return new LogError('in-use', `${message} ${why}`);
}

class ApartLog implements LmdbLog {
  readonly exclusive = true;
  readonly shard: string;
  readonly space: ApartSpace;
  #directory: string;
  #logger: Logger;
  #after: Runtime['after'];
  #writer: WriterProcess | null = null;
  #reading: SharedLogFile | null = null;
  #streams: Record<StreamName, ApartStream>;
  #appends: Record<StreamName, GroupCommit>;
  #use: LocalUse;
  /** Why nothing may be written or read any more. */
  #lost: Error | null = null;
  #closed: Promise<void> | null = null;
  #cancelAgain: () => void = () => {};

  constructor(
    private readonly options: LmdbLogOptions,
    /**
     * Of the kernel, which the process that writes holds as well: nobody else has the directory while this one lives,
     * or that one.
     */
    private readonly lock: FileLock,
  ) {
    const { shard, runtime, logger = silentLogger } = options;
    this.shard = shard;
    this.#directory = resolve(options.directory);
    this.#use = new LocalUse(`the log in ${this.#directory}`);
    this.#logger = logger;
    this.#after = runtime.after;
    this.space = new ApartSpace(this.#directory, () => this.#writer);
    const stream = (name: StreamName) => new ApartStream(name, () => this.#reading!);
    this.#streams = { commands: stream('commands'), events: stream('events') };
    const append = (name: StreamName, records: NewRecord[]) => this.#append(name, records);
    this.#appends = {
      commands: new GroupCommit({ append }, 'commands'),
      events: new GroupCommit({ append }, 'events'),
    };
  }

  async open(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#begin();
      } catch (error) {
        if (!(error instanceof WriterEnded)) throw error;
        if (tries === triesAtStart)
          throw new Error(`${error.message}, ${tries} times: \`holdfast verify\` looks at all of it`);
        this.#logger.error(
          { directory: this.#directory, error: error.message },
          'the log could not be opened: trying again',
        );
      }
    }
  }

  append(stream: StreamName, records: NewRecord[]): Promise<void> {
    return this.#use.while(async () => {
      requireFits(stream, records);
      await this.#appends[stream].append(records);
    });
  }

  async head(stream: StreamName): Promise<number> {
    this.#use.assertOpen();
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
    return this.#use.while(async () => {
      await this.#requireWriter().trim(before);
      return this.#streams[stream].start;
    });
  }

  /** Waits for what was begun, then gives the directory free. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#cancelAgain();
    await this.#use.close();
    await this.#reading?.close();
    await this.#writer?.close();
    this.lock.release();
  }

  async #append(stream: StreamName, records: NewRecord[]): Promise<void> {
    await this.#requireWriter().append(stream, records);
  }

  /**
   * Begins a process that writes. Rejects as WriterProcess.opened, and with LogError `lost` where the log is shorter
   * than it was.
   */
  async #begin(): Promise<void> {
    // What another said of its lock is over.
    this.options.conditions?.set('lock', null);
    const { runtime, logger, conditions, ...given } = this.options;
    const writer = new WriterProcess(
      { ...given, directory: this.#directory, service: process.pid },
      this.lock.descriptor,
      (told) => this.#hear(told),
    );
    try {
      const { readers, ...state } = await writer.opened;
      this.#requireNoLess(state.ends);
      this.#openReading(readers);
      this.#apply(state);
    } catch (error) {
      await writer.close();
      throw error;
    }
    this.#writer = writer;
    this.space.unavailable = null;
    void writer.ended.then((how) => this.#ended(how));
  }

  #requireNoLess(ends: Ends): void {
    for (const name of streamNames) {
      const { head } = ends[name];
      const known = this.#streams[name].end;
      if (head >= known) continue;
      throw new LogError(
        'lost',
        `${name} of the log in ${this.#directory} now ends at position ${head}, and ${known} was its head when the process that wrote it ended: ` +
          'put the newest copy of the directory back, and start again',
      );
    }
  }

  #openReading(readers: string | null): void {
    if (readers === null && this.#reading === null) throw new NoTable();
    if (this.#reading !== null && (readers === null || !this.#reading.entersIn(readers))) {
      throw new LogError(
        'lost',
        `LMDB's table of readers, in memory, was removed while the log in ${this.#directory} was in use: start again`,
      );
    }
    this.#reading ??= SharedLogFile.open(join(this.#directory, 'log.mdb'), readers!);
  }

  #hear(told: WriterReport): void {
    if (told.is === 'done' || told.is === 'failed') this.#apply(told);
    else if (told.is === 'lost') this.#lose(errorOf(told.error));
    else if (told.is === 'said') this.#logger[told.level](told.details, told.message);
    else if (told.is === 'condition') this.options.conditions?.set(told.part, told.reason);
  }

  #apply({ ends, space }: WriterState): void {
    this.space.state = space;
    for (const name of streamNames) this.#streams[name].move(ends[name]);
  }

  #lose(error: Error): void {
    this.#lost ??= error;
    for (const stream of Object.values(this.#streams)) stream.lose(this.#lost);
  }

  /** By itself: it goes on with another, unless the log is lost. */
  #ended(how: string): void {
    this.#writer = null;
    if (this.#closed !== null) return;
    this.space.unavailable = `the process that writes the log of ${this.#directory} has ended (${how}): nothing is taken until another has opened it`;
    this.#logger.error({ directory: this.#directory, how }, 'the process that writes the log has ended');
    if (this.#lost === null) void this.#again();
  }

  async #again(): Promise<void> {
    try {
      await this.#use.while(() => this.#begin());
      this.#logger.warn({ directory: this.#directory }, 'another process writes the log: it goes on');
    } catch (error) {
      if (this.#closed !== null) return;
      const { message } = error as Error;
      // Whatever else it is may pass: a disk that is mended.
      if (error instanceof LogError && (error.code === 'lost' || error.code === 'corrupt')) {
        this.#logger.error({ directory: this.#directory, error: message }, 'the log cannot be opened again');
        return this.#lose(error);
      }
      this.space.unavailable = `the log is not written until it can be opened again: ${message}`;
      this.#cancelAgain = this.#after(againMs, () => void this.#again());
    }
  }

  #requireWriter(): WriterProcess {
    if (this.#lost !== null) throw this.#lost;
    if (this.#writer === null) throw new LogError('full', `nothing was appended: ${this.space.unavailable}`);
    return this.#writer;
  }
}
