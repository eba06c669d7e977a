/// <reference path="./fs-native-extensions.d.ts" />
import { closeSync, fstatSync, openSync, statSync } from 'node:fs';
import { tryLock } from 'fs-native-extensions';

/**
 * A lock of the kernel on the log file itself: whoever reaches the file by whatever name meets it, nobody can remove
 * it, and it goes with the process. On Linux it belongs to the open file (OFD): LMDB, which opens and closes the file
 * by itself, cannot lose it, as it would one that belongs to the process; and a process that was given the open file
 * holds it, too.
 */
export class FileLock {
  private constructor(
    private readonly path: string,
    readonly descriptor: number,
  ) {}

  /**
   * Makes the file where it is missing. Null where somebody has the lock. Throws where the file cannot be opened or
   * locked.
   */
  static take(path: string): FileLock | null {
    for (;;) {
      const descriptor = openSync(path, 'a+', 0o600);
      try {
        const lock = new FileLock(path, descriptor);
        if (!tryLock(descriptor)) {
          closeSync(descriptor);
          return null;
        }
        // It may have been exchanged for another in between.
        if (lock.holds) return lock;
        closeSync(descriptor);
      } catch (error) {
        closeSync(descriptor);
        throw error;
      }
    }
  }

  /** One that another process of this service took, and gave the open file. */
  static given(path: string, descriptor: number): FileLock {
    return new FileLock(path, descriptor);
  }

  /** True while the path still leads to the file that is locked. */
  get holds(): boolean {
    const there = statSync(this.path, { bigint: true, throwIfNoEntry: false });
    return there !== undefined && this.isOf(there);
  }

  /** True where that is what was told of the locked file. */
  isOf({ dev, ino }: { dev: bigint; ino: bigint }): boolean {
    const ours = fstatSync(this.descriptor, { bigint: true });
    return ino === ours.ino && dev === ours.dev;
  }

  release(): void {
    closeSync(this.descriptor);
  }
}
