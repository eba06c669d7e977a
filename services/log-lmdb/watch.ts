import { statSync } from 'node:fs';
import { LogError, type Logger, type Runtime } from '@holdfast/log';
import type { Commits } from './commits.js';
import { aliveMs, type Hold } from './hold.js';
import type { Ownership } from './ownership.js';

export interface WatchedFile {
  /** Of the log file. */
  path: string;
  hold: Hold;
  commits: Commits;
  ownership: Ownership;
  /** Writes, so that others see that this process lives. */
  beat(): Promise<void>;
  runtime: Runtime;
  logger: Logger;
}

/** Each second: is the file still as we left it, are the names of the locks still there? The result ends that. */
export function watch(watched: WatchedFile): () => void {
  const { path, hold, commits, ownership, runtime, logger } = watched;
  const lmdbLock = `${path}-lock`;
  let mapped = inode(lmdbLock);
  let cancel = () => {};
  let seen = 0;
  let ended = false;
  const look = async () => {
    if (commits.idle) ownership.check();
    await hold.renew();
    const there = inode(lmdbLock);
    if (there !== mapped) {
      // Nobody who takes the kernel's lock can meet it; a stranger that reads the file by LMDB's own tools would not be
      // seen.
      logger.warn(
        { path: lmdbLock },
        "LMDB's lock file was removed or exchanged: nothing may clean up in this directory",
      );
      mapped = there;
    }
    if (hold.fileSystem.kind !== 'local' && commits.count === seen) await watched.beat();
    seen = commits.count;
  };
  const next = () => {
    cancel = runtime.after(aliveMs, () => {
      void look()
        .catch((error: unknown) => {
          // A disk that takes nothing is no loss.
          if (error instanceof LogError && error.code !== 'full') ownership.lose(error);
          else logger.warn({ path, error: String(error) }, 'the log file could not be looked after');
        })
        .finally(() => {
          if (!ended && ownership.lost === null) next();
        });
    });
  };
  next();
  return () => {
    ended = true;
    cancel();
  };
}

function inode(path: string): bigint | null {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino ?? null;
}
