import {
  closeSync,
  constants,
  existsSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { resolve } from 'node:path';

/*
 * LMDB's lock file, `log.mdb-lock`, holds the table of its readers, and is mapped into memory: each read writes to it.
 * On a disk that does not answer, or was frozen, such a write waits in the kernel, and with it the main thread. So the
 * file is in memory, where the system has a place for that, and its name in the directory is a link to it. The log
 * file's own number tells whose it is: a copy of the directory must not meet the original's, of which LMDB takes the
 * number of the last transaction. LMDB is led to the file not by that link, which somebody who cleans up may remove
 * at any moment, but by a name of the log beside it: all who open the log must find the same one.
 */
const memory = '/dev/shm';
/** Of LMDB's lock file, for as many readers as lmdb-js asks for, in whole pages. */
const bytes = 12 * 1024;
const mode = 0o600;

const lockSuffix = '-lock';

/**
 * Opens a log by a name beside the table of its readers, in memory, to which LMDB adds `-lock`. Throws what the file
 * system says.
 */
export function openBeside<T>(table: string, path: string, open: (name: string) => T): T {
  const name = table.slice(0, -lockSuffix.length);
  rmSync(name, { force: true });
  symlinkSync(resolve(path), name);
  try {
    return open(name);
  } finally {
    rmSync(name);
  }
}

export interface ReaderTable {
  /** The file, where it is in memory. */
  memory: string | null;
  /** Once LMDB has closed it. */
  release(): void;
}

/** Before LMDB opens the log, by whoever has the kernel's lock on that file. Throws what the file system says. */
export function makeReaderTable(path: string, log: { dev: bigint; ino: bigint }, mayLink: boolean): ReaderTable {
  const name = `${path}-lock`;
  const inMemory = `${memory}/holdfast-${process.getuid?.() ?? 0}-${log.dev}-${log.ino}${lockSuffix}`;
  if (!mayLink || !filledIn(inMemory) || !mayName(inMemory, path)) {
    if (linkOf(name) !== null) unlinkSync(name);
    fill(name, mode);
    return { memory: null, release() {} };
  }
  if (linkOf(name) !== inMemory) {
    rmSync(name, { force: true });
    symlinkSync(inMemory, name);
  }
  return {
    memory: inMemory,
    release() {
      try {
        // The name first: it never leads to nothing.
        if (linkOf(name) === inMemory) rmSync(name, { force: true });
        rmSync(inMemory, { force: true });
      } catch {
        // A disk that is read-only: the next start makes both anew.
      }
    },
  };
}

/** False where there is no such place, no room in it, or another user's file. */
function filledIn(path: string): boolean {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found !== undefined && !(found.isFile() && found.uid === process.getuid?.())) return false;
    if (!existsSync(memory)) return false;
    fill(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** False where another user's file has the name. */
function mayName(table: string, path: string): boolean {
  try {
    openBeside(table, path, () => {});
    return true;
  } catch {
    return false;
  }
}

/** Where a block of it is not there and the disk is full, touching it through the map would end the process. */
function fill(path: string, withMode: number): void {
  const there = statSync(path, { throwIfNoEntry: false });
  // Never over what is whole: a service may read by it while another process of it begins to write.
  if (there !== undefined && there.size >= bytes && there.blocks * 512 >= bytes) return;
  const held = there === undefined ? Buffer.alloc(0) : readFileSync(path);
  const whole = Buffer.concat([held, Buffer.alloc(Math.max(0, bytes - held.length))]);
  const file = openSync(path, constants.O_RDWR | constants.O_CREAT, withMode);
  try {
    writeSync(file, whole, 0, whole.length, 0);
  } finally {
    closeSync(file);
  }
}

function linkOf(path: string): string | null {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : null;
}
