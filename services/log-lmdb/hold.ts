import { closeSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Conditions, LogError, type Logger, type Runtime } from '@holdfast/log';
import { FileLock } from './file-lock.js';
import { type FileSystem, fileSystemOf } from './file-system.js';
import { type DirectoryLock, directoryInUse, lockDirectory } from './lock.js';
import { PageError, readMetas } from './meta-page.js';

/** Where the kernel's lock may not reach everybody, whoever has the log writes to it at least this often. */
export const aliveMs = 1_000;
/** For so long nobody may have written before it is taken there, after an end that was not clean. */
const silenceMs = 12_000;
const lookMs = 200;
const readTries = 20;
/**
 * Between claiming the directory there and the last look before writing to it, so that of several who come at once all
 * but the last see that: longer than anybody takes from that look to the first write, as who takes longer than
 * `writeMs` does not write.
 */
const claimMs = 3_000;
const writeMs = claimMs / 3;

export interface HoldOptions {
  directory: string;
  runtime: Runtime;
  logger: Logger;
  conditions: Pick<Conditions, 'set'>;
  /** Take a file system that is known to be reached by other hosts or through another process. */
  allowNetworkFs: boolean;
  /** Process id of who has the directory by this. */
  service: number;
  /** The log file, open, where its lock was taken before. */
  locked: number | undefined;
}

/**
 * This process alone has the directory: by a lock of the kernel on the log file, and by one that says who it is. Where
 * a file system is not known to make the first hold for everybody, a living writer is told by what it writes.
 */
export class Hold {
  private constructor(
    private readonly options: HoldOptions,
    readonly fileSystem: FileSystem,
    readonly file: FileLock,
    private lock: DirectoryLock,
    /** By `performance.now()`. */
    private readonly writeBefore: number,
  ) {}

  /**
   * Throws LogError `in-use`, and an Error where the directory cannot be locked or is on a file system that must be
   * asked for.
   */
  static async take(options: HoldOptions): Promise<Hold> {
    const { directory, runtime, service, locked } = options;
    const fileSystem = await fileSystemOf(directory);
    if (fileSystem.kind === 'network' && !options.allowNetworkFs) throw refused(directory, fileSystem);
    const path = join(directory, 'log.mdb');
    const file = locked === undefined ? takeFile(directory, path) : FileLock.given(path, locked);
    if (file === null) throw await directoryInUse(directory, runtime, service);
    let lock: DirectoryLock | null = null;
    try {
      const silence = fileSystem.kind === 'local' ? null : await waitForSilence(options, path);
      lock = await lockDirectory(directory, runtime, service);
      const claimed = silence?.waited ? await claim(options, path, silence.transaction) : silence?.writeBefore;
      return new Hold(options, fileSystem, file, lock, claimed ?? Number.POSITIVE_INFINITY);
    } catch (error) {
      await lock?.release();
      file.release();
      throw error;
    }
  }

  /**
   * To be called right before the first write, with nothing that waits in between. Throws LogError `in-use` where the
   * last look at whether somebody else writes is too long ago to hold.
   */
  assertMayWrite(): void {
    if (performance.now() < this.writeBefore) return;
    throw new LogError(
      'in-use',
      `${this.options.directory} was free when it was looked at, but that is too long ago, as the machine is busy: start again`,
    );
  }

  /**
   * Makes its name again where somebody removed it. Throws LogError `in-use` where a living process has taken its
   * place.
   */
  async renew(): Promise<void> {
    const { directory, runtime, logger, conditions, service } = this.options;
    if (this.lock.holds) return;
    const former = this.lock;
    const { asked } = former;
    try {
      this.lock = await lockDirectory(directory, runtime, service);
    } catch (error) {
      // An overlay may still lead to a name that was removed below it, and so to ourselves.
      if (error instanceof LogError && former.asked > asked) return;
      if (error instanceof LogError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      conditions.set('lock', `the lock file in ${directory} was removed and cannot be made again: ${why}`);
      return;
    }
    conditions.set('lock', null);
    await former.release();
    logger.warn({ directory }, 'the lock file was removed, and is made again: nothing may clean up in this directory');
  }

  /** With the number of the last transaction where the log was closed as it should be. */
  async release(closedAt: number | null): Promise<void> {
    const { directory } = this.options;
    if (closedAt !== null && this.fileSystem.kind !== 'local') leaveClosed(directory, closedAt);
    await this.lock.release();
    this.file.release();
  }
}

function refused(directory: string, { name }: FileSystem): Error {
  return new Error(
    `${directory} is on ${name}, where a lock may not keep other hosts or mounts from writing, and a second writer destroys the log. ` +
      'Choose a directory on a local disk (--data), or give --allow-network-fs and see to it that nothing else ever serves it.',
  );
}

/** Null where another has it. */
export function takeFile(directory: string, path: string): FileLock | null {
  try {
    return FileLock.take(path);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // The disk's own trouble has its own words.
    if (['ENOSPC', 'EDQUOT', 'EROFS'].includes(code ?? '')) throw cause;
    throw new Error(`the log in ${directory} cannot be locked: ${message}`, { cause });
  }
}

interface Silence {
  /** The last one that was written. */
  transaction: number | null;
  /** False after a clean end, which only one of those that come may use up. */
  waited: boolean;
  /** Where it did not wait: others wait for longer. */
  writeBefore: number;
}

/**
 * Resolves once nobody can be writing through another path: at once after a clean end, else once nobody wrote for a
 * while. Throws LogError `in-use`.
 */
async function waitForSilence({ directory, runtime, service }: HoldOptions, path: string): Promise<Silence> {
  const writeBefore = performance.now() + silenceMs / 2;
  const transaction = transactionIn(path);
  if (transaction === null) return { transaction, waited: true, writeBefore };
  if (takeClosed(directory) === transaction) return { transaction, waited: false, writeBefore };
  for (let waited = 0; waited < silenceMs; waited += lookMs) {
    await new Promise<void>((resolve) => runtime.after(lookMs, resolve));
    if (!Object.is(transactionIn(path), transaction)) throw await directoryInUse(directory, runtime, service);
  }
  return { transaction, waited: true, writeBefore };
}

/**
 * Says that it will write, and that nobody else said so since or wrote since the silence began; gives until when it
 * may. Throws LogError `in-use`.
 */
async function claim(
  { directory, runtime, service }: HoldOptions,
  path: string,
  silent: number | null,
): Promise<number> {
  const [name, mine] = [join(directory, 'claim'), runtime.uuid()];
  // In place: another mount may go on showing the former of two files for a while, but not what was in one.
  writeFileSync(name, mine, { mode: 0o600 });
  await new Promise<void>((resolve) => runtime.after(claimMs, resolve));
  const writeBefore = performance.now() + writeMs;
  if (readFileSync(name, 'utf8') === mine && Object.is(transactionIn(path), silent)) return writeBefore;
  throw await directoryInUse(directory, runtime, service);
}

const closedName = (directory: string) => join(directory, 'closed');

/** It only spares the next start its wait. */
function leaveClosed(directory: string, transaction: number): void {
  try {
    writeFileSync(closedName(directory), String(transaction), { mode: 0o600 });
  } catch {
    // A full disk, or a directory that is gone.
  }
}

/** The transaction at which it was closed; only one process gets it. */
function takeClosed(directory: string): number | null {
  try {
    const closedAt = Number(readFileSync(closedName(directory), 'utf8'));
    unlinkSync(closedName(directory));
    return closedAt;
  } catch {
    return null;
  }
}

/**
 * Of the log file as it is on the disk now; null where there is none yet, NaN where it is damaged. A commit may come
 * between the two pages that are read, so it is read again before that is believed.
 */
function transactionIn(path: string): number | null {
  for (let tries = 0; tries < readTries; tries++) {
    const descriptor = openIfThere(path);
    if (descriptor === null) return null;
    try {
      return readMetas(descriptor)?.newest.transaction ?? null;
    } catch (error) {
      if (!(error instanceof PageError)) throw error;
    } finally {
      closeSync(descriptor);
    }
  }
  return Number.NaN;
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
