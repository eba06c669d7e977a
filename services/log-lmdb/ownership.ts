import { closeSync, fstatSync, openSync } from 'node:fs';
import { LogError } from '@holdfast/log';
import type { FileLock } from './file-lock.js';
import { restore } from './frame.js';
import { type Metas, PageError, readMetas, TwinError } from './meta-page.js';

/**
 * The second line against a second writer: the file must be as this process left it, before each commit and after. It
 * is looked at through a descriptor opened for that, as the map that LMDB reads through may not show what came by
 * another mount or host, and LMDB takes the number of the last transaction from its lock file, of which each may have
 * one of its own.
 *
 * It finds a writer that was there between two commits, whatever it wrote. It cannot keep one out: two that commit at
 * the same time write over each other. That is what the kernel's lock is for and, where that does not reach everybody,
 * the wait at start.
 */
export class Ownership {
  #left: Metas;
  #lost: LogError | null = null;

  /** Throws LogError. */
  constructor(
    private readonly path: string,
    /** Both heads of the file as they are now: see headsOf. */
    private readonly look: () => Metas,
    /** Called once, when somebody else was found to have written or the file to be gone. */
    private readonly onLost: (error: LogError) => void,
  ) {
    try {
      this.#left = this.look();
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Why nothing may be written or read any more, or null. */
  get lost(): LogError | null {
    return this.#lost;
  }

  /** The number of the last one. */
  get transaction(): number {
    return this.#left.newest.transaction;
  }

  /** Throws LogError where the file is not as this process left it. Not while one of its own commits is under way. */
  check(): void {
    this.assert();
    const found = this.#read();
    if (!this.#same(found)) throw this.lose(this.#told(found));
  }

  /**
   * After a commit of ours that may have failed: nothing else may have come. Gives whether it is there. Throws
   * LogError.
   */
  settle(): boolean {
    const found = this.#afterOurs();
    if (found === null) return false;
    this.#left = found;
    return true;
  }

  /** As check, also while one of its own commits is under way. */
  glance(): void {
    this.#afterOurs();
  }

  /**
   * One write of those that open the log. Throws LogError where somebody else writes, too, whatever LMDB then says of
   * it.
   */
  during<T>(write: () => T): T {
    this.check();
    let written: T;
    try {
      written = write();
    } catch (error) {
      this.check();
      throw error;
    }
    this.settle();
    return written;
  }

  /** Throws what was lost. */
  assert(): void {
    if (this.#lost !== null) throw this.#lost;
  }

  /** Ends it. Gives the error to throw, the first one if there was one before. */
  lose(error: LogError): LogError {
    if (this.#lost === null) {
      this.#lost = error;
      this.onLost(error);
    }
    return this.#lost;
  }

  /** In words, for whoever found another's work. */
  stranger(found: string): LogError {
    return new LogError(
      'in-use',
      `another process wrote to ${this.path} (${found}), and only one may have it: this one stops and answers nothing more. ` +
        'End whatever reaches the directory by another path, mount or host, run `holdfast verify`, then start one again.',
    );
  }

  /** The heads behind one commit of ours; null where it is not there. Throws LogError where anything else is. */
  #afterOurs(): Metas | null {
    this.assert();
    const found = this.#read();
    if (this.#same(found)) return null;
    const next = this.#left.newest.transaction + 1;
    // The transaction wrote one of the two pages; the other is as it was.
    const [kept, before] = [found, this.#left].map(({ pages }) => pages[(next + 1) % 2]!);
    if (found.newest.transaction !== next || !kept!.equals(before!)) throw this.lose(this.#told(found));
    return found;
  }

  #same({ pages }: Metas): boolean {
    return pages.every((page, n) => page.equals(this.#left.pages[n]!));
  }

  #told({ newest }: Metas): LogError {
    const { transaction } = this.#left.newest;
    return this.stranger(
      newest.transaction === transaction
        ? `transaction ${transaction} is not ours`
        : `it is at transaction ${newest.transaction}, and our last was ${transaction}`,
    );
  }

  #read(): Metas {
    try {
      return this.look();
    } catch (error) {
      // They followed when we left them: a commit came from one that did not know the other's.
      if (error instanceof TwinError) throw this.lose(this.stranger(error.message));
      throw this.#failed(error);
    }
  }

  /** What it throws where a look failed. */
  #failed(error: unknown): unknown {
    if (error instanceof LogError) return this.lose(error);
    if (error instanceof PageError) return this.lose(damaged(this.path, error));
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return this.lose(gone(this.path, 'is gone'));
    return error;
  }
}

/**
 * How a log file is looked at. The result throws LogError `lost` where it is not the one that is locked, PageError, and
 * what the system says.
 */
export function headsOf(path: string, lock: Pick<FileLock, 'isOf'>): () => Metas {
  return () => {
    const descriptor = openSync(path, 'r');
    try {
      if (!lock.isOf(fstatSync(descriptor, { bigint: true }))) throw gone(path, 'was exchanged for another file');
      const metas = readMetas(descriptor);
      if (metas === null) throw gone(path, 'is empty');
      return metas;
    } finally {
      closeSync(descriptor);
    }
  };
}

function gone(path: string, what: string): LogError {
  return new LogError(
    'lost',
    `${path} ${what} while it was in use: what this process would write now would be lost, so it stops. ` +
      'Put the file back, or the newest copy of it, and start again.',
  );
}

/** LogError `corrupt` for a page of the log file, in words that say what to do. */
export function damaged(path: string, { message }: PageError): LogError {
  return new LogError('corrupt', `the log is damaged: ${message}, in ${path}; ${restore}`);
}
