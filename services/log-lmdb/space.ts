import { closeSync, constants, fstatSync, openSync, statfsSync, writeSync } from 'node:fs';
import { type FileHandle, open, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LogError, type LogSpace, type LogTakes, spaceLimits } from '@holdfast/log';
import { codeOf } from './system-error.js';

/*
 * Room in the log's file, taken before it is needed.
 *
 * LMDB must never meet the end of the disk: a commit that cannot be written leaves a heap that is damaged
 * (lmdb-js 3.5.6 formats its error into too few bytes), and the process ends itself then (`commits.ts`). So the file is
 * made longer than LMDB uses, with zeros: its pages then overwrite blocks that are there. What is there beyond what
 * LMDB uses is the reserve, which no other writer of the disk can take.
 *
 * The zeros are appended (O_APPEND), so they never come over a page, whatever LMDB writes meanwhile. Where a file
 * system takes new blocks for what is overwritten (btrfs, ZFS), the file's reserve promises nothing, and what must be
 * free besides is all there is.
 */

const { O_APPEND, O_CREAT, O_WRONLY } = constants;
const zeros = Buffer.alloc(spaceLimits.writeBytes);

export interface FileSpaceOptions {
  /** The file that LMDB has open. */
  path: string;
  /**
   * To be kept in the file, and to be free besides; less where the file system is small. 0: none, only what each commit
   * needs.
   */
  reserveBytes: number;
  /** What a commit may write over, in bytes from the file's start, and bytes of LMDB's list of free pages. */
  used(): { bytes: number; freeListBytes: number };
  /** Milliseconds since 1970. */
  now(): number;
}

/** Of one log file in this process, which nobody else writes. */
export class FileSpace implements LogSpace {
  readonly reserveMax: number;
  #options: FileSpaceOptions;
  #file: FileHandle | null = null;
  #probe: FileHandle | null = null;
  #size: number;
  /** Of commits that are under way. */
  #promised = 0;
  /** What kept the file from growing when it was last tried. */
  #failure: Error | null = null;
  /** An append was refused since the file last grew. */
  #exhausted = false;
  #free: number;
  #scarce = false;
  #growing: Promise<void> | null = null;
  #probing: Promise<void> | null = null;
  #looking: { since: number } | null = null;
  /** When the commits began that are under way, in their order. */
  #commits = new Set<{ since: number }>();

  /** Makes room for the commits that open a log. Throws LogError `full`. */
  constructor(options: FileSpaceOptions) {
    this.#options = options;
    const { bavail, bsize, blocks } = statfsSync(dirname(options.path));
    this.#free = bavail * bsize;
    this.reserveMax = Math.min(options.reserveBytes, Math.floor((blocks * bsize) / spaceLimits.partOfDisk));
    const file = openSync(options.path, O_WRONLY | O_APPEND);
    try {
      this.#size = fstatSync(file).size;
      while (this.#left < spaceLimits.openingBytes) this.#size += writeSync(file, zeros);
    } catch (cause) {
      throw noSpace(`the log in ${dirname(options.path)} cannot be opened`, cause);
    } finally {
      closeSync(file);
    }
  }

  get takes(): LogTakes {
    if (this.#failure !== null && (this.#exhausted || !isFull(this.#failure) || this.#beyond < this.#last))
      return 'nothing';
    return this.#failure !== null || this.#scarce ? 'urgent' : 'all';
  }

  get reason(): string | null {
    const directory = dirname(this.#options.path);
    const { takes } = this;
    if (this.#waitingMs > spaceLimits.answerMs) {
      return notAnswering(directory, this.#waitingMs);
    }
    if (takes === 'all') return null;
    if (this.#failure !== null && !isFull(this.#failure)) {
      return `the disk of ${directory} cannot be written (${codeOf(this.#failure)}): nothing is taken, and no lease ends, until it can`;
    }
    const only =
      takes === 'urgent'
        ? `only renewals and releases are taken, while ${megabytes(this.reserveBytes)} MB of the log's reserve are left`
        : "the log's reserve is used up: nothing is taken, and no lease ends";
    return `the disk of ${directory} is full (${megabytes(this.#free)} MB free of ${megabytes(this.reserveMax)} that must be): ${only}; free space, and it goes on by itself`;
  }

  get freeBytes(): number {
    return this.#free;
  }

  get reserveBytes(): number {
    return Math.max(0, Math.min(this.#beyond, this.reserveMax));
  }

  /** Asks the file system, and makes the reserve whole where there is space for it, a step at a time. Never rejects. */
  async look(): Promise<void> {
    if (this.#looking !== null) return;
    this.#looking = { since: this.#options.now() };
    try {
      const { bavail, bsize } = await statfs(dirname(this.#options.path));
      this.#free = bavail * bsize;
      this.#scarce = this.#free < this.reserveMax * (this.#scarce ? spaceLimits.enoughAgain : 1);
      await this.#write();
      const whole = this.#left >= this.reserveMax;
      if (this.#failure !== null && (whole || !isFull(this.#failure))) this.#failure = null;
      // Where little is free, only what was lacking for good: others write here, too.
      if (!whole && (this.#failure !== null || !this.#scarce)) await this.#grow();
    } catch (error) {
      this.#failed(error);
    } finally {
      this.#looking = null;
    }
  }

  /**
   * Runs a commit of so many bytes of keys and values, once it is certain that it finds its blocks. Throws LogError
   * `full`, and then nothing was begun.
   */
  async within<T>(records: number, bytes: number, commit: () => Promise<T>): Promise<T> {
    const begun = { since: this.#options.now() };
    this.#commits.add(begun);
    try {
      return await this.#within(this.#pagesFor(records, bytes), commit);
    } finally {
      this.#commits.delete(begun);
    }
  }

  async #within<T>(needed: number, commit: () => Promise<T>): Promise<T> {
    // Others commit meanwhile, so it is looked at again.
    while (this.#left - needed < this.#last && (await this.#grew(needed)));
    if (this.#left - needed < spaceLimits.openingBytes || (this.#failure !== null && !isFull(this.#failure))) {
      this.#exhausted = true;
      throw noSpace('nothing was appended', this.#failure);
    }
    if (this.#failure === null && !this.#scarce && this.#left - needed < this.reserveMax) {
      void this.#grew();
    }
    this.#promised += needed;
    try {
      return await commit();
    } finally {
      this.#promised -= needed;
    }
  }

  /** To be called right before LMDB writes: it must not be the one to find out. Throws LogError `full`. */
  async probe(): Promise<void> {
    try {
      await this.#write();
    } catch (error) {
      this.#failed(error);
      // A disk that is full takes a byte in place of another; a limit for files (EFBIG) may leave none.
      if (!isFull(error as Error) || codeOf(error) === 'EFBIG') {
        this.#exhausted = true;
        throw noSpace('nothing was appended', error);
      }
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#growing, this.#probing]);
    await this.#file?.close();
    await this.#probe?.close();
    this.#file = null;
    this.#probe = null;
  }

  get #waitingMs(): number {
    // The first commit is the oldest. While there is none, what looks at the disk writes to it, too.
    for (const { since } of this.#commits) return this.#options.now() - since;
    return this.#looking === null ? 0 : this.#options.now() - this.#looking.since;
  }

  /** Bytes of the file that no page is in. */
  get #beyond(): number {
    return this.#size - this.#options.used().bytes;
  }

  /** And to which no commit may come that is under way. */
  get #left(): number {
    return this.#beyond - this.#promised;
  }

  /** Below it only what opens the log or makes room in it is written. */
  get #last(): number {
    return Math.max(2 * spaceLimits.openingBytes, this.reserveMax / 8);
  }

  /**
   * The most that LMDB writes anew: each record in pages of its own or sharing them, the ways to them, and its list of
   * free pages.
   */
  #pagesFor(records: number, bytes: number): number {
    return 2 * (bytes + records * 64 + this.#options.used().freeListBytes) + spaceLimits.commitBytes;
  }

  async #grew(needed = 0): Promise<boolean> {
    try {
      await this.#grow(needed);
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  #failed(error: unknown): void {
    this.#failure = error instanceof Error ? error : new Error(String(error));
  }

  /** Makes the file longer, by a step and by what is needed; one at a time. */
  #grow(needed = 0): Promise<void> {
    this.#growing ??= this.#append(Math.min(spaceLimits.stepBytes, this.reserveMax / 4) + needed).finally(() => {
      this.#growing = null;
    });
    return this.#growing;
  }

  async #append(bytes: number): Promise<void> {
    this.#file ??= await open(this.#options.path, O_WRONLY | O_APPEND);
    for (let left = Math.max(bytes, spaceLimits.writeBytes); left > 0; ) {
      const { bytesWritten } = await this.#file.write(zeros, 0, Math.min(left, zeros.length));
      this.#size += bytesWritten;
      left -= bytesWritten;
    }
    this.#failure = null;
    this.#exhausted = false;
  }

  /** A byte elsewhere, to see whether the disk is written at all: it may have become read-only since. One at a time. */
  #write(): Promise<void> {
    this.#probing ??= this.#probeOnce().finally(() => {
      this.#probing = null;
    });
    return this.#probing;
  }

  async #probeOnce(): Promise<void> {
    this.#probe ??= await open(join(dirname(this.#options.path), 'probe'), O_WRONLY | O_CREAT, 0o600);
    await this.#probe.write(zeros, 0, 1, 0);
  }
}

/** The codes of a disk, or a quota, that is full; another is of one that cannot be written at all. */
function isFull(error: Error): boolean {
  return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(codeOf(error));
}

export function notAnswering(directory: string, waitingMs: number): string {
  return `the disk of ${directory} does not answer: what is to be written has waited for ${Math.floor(waitingMs / 1_000)} s`;
}

/** Whether an error of the file system says that it takes nothing. LMDB gives the number of the code, or says it. */
export function isNoSpace(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: string };
  return /^(ENOSPC|EDQUOT|EROFS)$/.test(String(code)) || /no space left|read-only file system/i.test(message ?? '');
}

function megabytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

/** LogError `full`, in words that say what to do. */
export function noSpace(what: string, cause: unknown): LogError {
  const code = codeOf(cause);
  const full = `there is no space left on its disk${code === '' ? '' : ` (${code})`}: free some`;
  const readOnly = 'its file system is read-only: make it writable';
  const why =
    { EROFS: readOnly, ENOSPC: full, EDQUOT: full, EFBIG: full, '': full }[code] ?? `it cannot be written (${code})`;
  return new LogError('full', `${what}: ${why}`, { cause });
}
