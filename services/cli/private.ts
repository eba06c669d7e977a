import { chmod, lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/*
 * A data directory holds the secret of the keys, and a log with names, reasons and idempotency keys: it is its owner's
 * alone. What is made in it is private from the start (the process's umask, and the modes that files are made with);
 * this sees to what is there already.
 */

/**
 * What this service makes in a data directory. What else is there is somebody's own, and behind a directory that is
 * private.
 */
const ours = /^(log|log\.json.*|secret.*|snapshots.*|read-model.*|unfinished|lost-.*)$/;
/** What others than the owner may do. */
const others = 0o077;
/** Of a directory that everybody shares, such as /tmp. */
const sticky = 0o1000;
/** Paths that are named where something cannot be made private. */
const namedMax = 3;

export interface MadePrivate {
  /** How many files and directories others could read or write before, and cannot now. */
  narrowed: number;
  /** Why it is not all private, in words, or null. */
  left: string | null;
}

/** Takes from others what they may do in a data directory, where there is one, and in all of it that is ours. */
export async function makePrivate(data: string): Promise<MadePrivate> {
  const there = await stat(data).catch(() => null);
  if (there === null || !there.isDirectory()) return { narrowed: 0, left: null };
  if (there.mode & sticky) {
    return { narrowed: 0, left: `${data} is a directory that everybody shares: choose one of its own (--data)` };
  }
  const found: Narrowing = { narrowed: 0, failed: [], why: '' };
  // The directory first: what is in it is then out of reach.
  await narrow(data, there.mode, found);
  for (const name of await names(data)) if (ours.test(name)) await narrowAll(join(data, name), found, true);
  return { narrowed: found.narrowed, left: leftOf(data, found) };
}

interface Narrowing {
  narrowed: number;
  failed: string[];
  why: string;
}

/** A part of a data directory may be a link to another disk; deeper down a link leads to what is not ours. */
async function narrowAll(path: string, found: Narrowing, isPart = false): Promise<void> {
  const status = await lstat(path).catch(() => null);
  const linked = isPart && status?.isSymbolicLink() ? await stat(path).catch(() => null) : null;
  const there = linked?.isDirectory() ? linked : status;
  // What goes away meanwhile needs nothing.
  if (there === null || there.isSymbolicLink()) return;
  await narrow(path, there.mode, found);
  if (!there.isDirectory()) return;
  for (const name of await names(path)) await narrowAll(join(path, name), found);
}

async function narrow(path: string, mode: number, found: Narrowing): Promise<void> {
  if ((mode & others) === 0) return;
  try {
    await chmod(path, mode & 0o7777 & ~others);
    // A file system without modes takes it, and leaves all as it was.
    const now = await lstat(path);
    if (now.mode & others && !now.isSymbolicLink()) throw new Error('it stays as it was');
    found.narrowed++;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    found.failed.push(path);
    found.why = code === 'EPERM' ? 'it belongs to another user' : message;
  }
}

async function names(directory: string): Promise<string[]> {
  return readdir(directory).catch(() => []);
}

function leftOf(data: string, { failed, why }: Narrowing): string | null {
  if (failed.length === 0) return null;
  const named =
    failed.slice(0, namedMax).join(', ') + (failed.length > namedMax ? ` and ${failed.length - namedMax} more` : '');
  return `others may reach what is in ${data}: the mode of ${named} cannot be changed (${why}). Let its owner do it: chmod -R go= ${data}`;
}

/**
 * What is wrong with a file that holds a secret, or null: that others may read or write it. A group is taken for meant
 * where the file is another's, as it is then how this process reads it.
 */
export async function exposedSecret(file: string): Promise<string | null> {
  const status = await stat(file).catch(() => null);
  if (status === null) return null;
  const own = status.uid === process.getuid?.();
  const exposed = status.mode & (own ? others : 0o027);
  if (exposed === 0) return null;
  const who = exposed & 0o007 ? 'everybody' : 'its group';
  return `${file} can be ${exposed & 0o022 ? 'changed' : 'read'} by ${who}, and holds a secret: chmod ${own ? '600' : '640'} ${file}`;
}
