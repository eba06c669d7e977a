import { closeSync, linkSync, lstatSync, openSync, readdirSync, unlinkSync } from 'node:fs';
import { createConnection, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { LogError, Runtime } from '@holdfast/log';
import { InUse } from './in-use.js';
import { codeOf } from './system-error.js';

/*
 * One process at a time in a directory: the lock that says who holds it, and keeps versions out that know no other.
 * What cannot be removed or gone around is the kernel's, on the log file (`file-lock.ts`).
 *
 * The lock has to go with its holder, at once, also when that is killed: a lock that must grow stale first would delay
 * every restart. A process id in a file cannot tell: the id may be another's by now, and two containers that share a
 * volume do not see each other's processes, each being number 1 to itself. So the kernel has to tell, and Node gives
 * one way to ask it: a listening Unix socket accepts connections exactly as long as the process that listens lives
 * (also while it is busy or paused), whatever namespace it is in.
 *
 * What is left of a dead holder is a socket file that refuses connections. Removing it is where such schemes break:
 * between seeing that a file is dead and removing it, another starter may have put its own living one there. So nothing
 * is ever replaced. Holders are numbered: `lock.1`, `lock.2`, ... Who finds that the highest is dead makes the next
 * number, by link(), which fails if that exists; the socket listens before it gets its name, so a name never looks dead
 * by mistake. One who was so slow that its number existed and was swept in the meantime sees a higher one when it looks
 * again, and yields. A holder removes lower numbers only, and leaves its own on release, so the highest never goes
 * back.
 */

const name = (number: number) => `lock.${number}`;
const starting = 'lock.starting.';
/** Bytes of a socket's path that every system takes (sun_path, with its final zero). */
const pathBytesMax = 103;
/** Number of ESTALE on Linux, which Node has no name for: what an overlay says of a file that was removed below it. */
const stale = -116;
/** How long to wait for the holder to say who it is, which only the error message depends on. */
const askMs = 500;
/** How often others may be faster, or the file system show a name that is gone, before it is given up. */
const triesMax = 200;

export interface DirectoryLock {
  /** False once its name was removed, or another stands above it: then nobody is kept out by it. */
  readonly holds: boolean;
  /** How often it was asked who holds it. */
  readonly asked: number;
  release(): Promise<void>;
}

/** LogError `in-use`, with the process that answers for the directory where one does. */
export async function directoryInUse(
  directory: string,
  runtime: Pick<Runtime, 'after'>,
  service: number,
): Promise<LogError> {
  const highest = highestNumber(directory);
  const holder = highest === 0 ? 'gone' : await ask(directory, name(highest), runtime).catch(() => 'gone' as const);
  return inUse(directory, typeof holder === 'string' ? '' : holder.pid, service);
}

/** Throws LogError `in-use` when a living process, this one included, has the lock. The directory exists. */
export async function lockDirectory(
  directory: string,
  runtime: Pick<Runtime, 'after' | 'uuid'>,
  /** The process to name, where this one works for another. */
  service: number = process.pid,
): Promise<DirectoryLock> {
  let skipped = 0;
  for (let tries = 0; tries < triesMax; tries++) {
    // Others run meanwhile: what is wrong with a file system may be told at once, again and again.
    if (tries > 0) await new Promise<void>((resolve) => runtime.after(Math.min(tries, 20), resolve));
    const highest = highestNumber(directory);
    const holder = highest === 0 ? 'dead' : await ask(directory, name(highest), runtime);
    // An overlay goes on showing a name that was removed below it until something is made in the directory, as is done
    // next.
    if (holder === 'gone' && tries % 3 !== 2) continue;
    if (holder !== 'dead' && holder !== 'gone') throw inUse(directory, holder.pid, service);
    const number = highest + 1 + skipped;
    const server = await claim(directory, number, `${starting}${process.pid}.${runtime.uuid().slice(-12)}`, service);
    if (server === null) {
      // An overlay holds a name that was removed below it for taken, and may do so for good: it is not listed, and left
      // out.
      if (!readdirSync(directory).includes(name(number))) skipped++;
      continue;
    }
    // Who left names out may have met one that was taken in this moment.
    let free = true;
    for (let n = highest + 1; n < number && free; n++)
      free = typeof (await ask(directory, name(n), runtime)) === 'string';
    if (free && highestNumber(directory) === number) {
      sweep(directory, number);
      const held = heldAs(directory, number, server);
      if (held !== null) return held;
    }
    await close(server);
  }
  throw cannotLock(directory, new Error('its lock files are there and are not'));
}

/** Null where somebody who cleans up was faster. */
function heldAs(directory: string, number: number, server: Server): DirectoryLock | null {
  const path = join(directory, name(number));
  // Another's socket of that name was made later. An overlay may number the same one otherwise from time to time.
  const made = madeAt(path);
  if (made === null) return null;
  let asked = 0;
  server.on('connection', () => void asked++);
  return {
    get asked() {
      return asked;
    },
    get holds() {
      return madeAt(path) === made && highestNumber(directory) === number;
    },
    release: () => close(server),
  };
}

/** Null where it is not there any more. */
function madeAt(path: string): bigint | null {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false })?.mtimeNs ?? null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).errno === stale) return null;
    throw error;
  }
}

function inUse(directory: string, pid: string, service: number): LogError {
  const who = pid === '' ? 'another process' : pid === String(service) ? `this process (${pid})` : `process ${pid}`;
  return new InUse(
    `${directory} is in use by ${who}. Only one process may have it: stop that one, or choose another data directory.`,
    pid === '' ? null : Number(pid),
  );
}

function highestNumber(directory: string): number {
  const numbers = readdirSync(directory).map((file) => Number(/^lock\.(\d+)$/.exec(file)?.[1] ?? 0));
  return Math.max(0, ...numbers);
}

/** Listens, then takes the number; null when another was faster. */
async function claim(directory: string, number: number, temporary: string, service: number): Promise<Server | null> {
  const server = createServer((connection) => {
    connection.on('error', () => {});
    connection.end(String(service));
  });
  // The lock alone must not keep the process alive.
  server.unref();
  await withSocketPath(directory, temporary, (path) => listen(server, path, directory));
  try {
    linkSync(join(directory, temporary), join(directory, name(number)));
    return server;
  } catch (error) {
    await close(server);
    // EEXIST: the number is taken. ENOENT: a new holder swept this one's temporary name.
    if (['EEXIST', 'ENOENT'].includes(codeOf(error))) return null;
    throw cannotLock(directory, error);
  } finally {
    remove(join(directory, temporary));
  }
}

function listen(server: Server, path: string, directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => reject(cannotLock(directory, error)));
    server.listen({ path, exclusive: true }, resolve);
  });
}

function cannotLock(directory: string, cause: unknown): Error {
  const code = codeOf(cause);
  // Anybody else may do it on the same file system.
  const remedy =
    code === 'EACCES'
      ? 'This user may not write there: run as its owner, or change its owner or mode.'
      : 'It must be on a local file system that holds Unix sockets and hard links.';
  return new Error(`${directory} cannot be locked (${code || String(cause)}). ${remedy}`, { cause });
}

/**
 * Asks the socket's process for its id, empty when it does not say; `dead` when nobody listens, `gone` without a
 * socket.
 */
function ask(
  directory: string,
  file: string,
  runtime: Pick<Runtime, 'after'>,
): Promise<'dead' | 'gone' | { pid: string }> {
  return withSocketPath(
    directory,
    file,
    (path) =>
      new Promise((resolve, reject) => {
        let pid = '';
        const connection = createConnection(path).setEncoding('utf8');
        const cancel = runtime.after(askMs, () => connection.destroy());
        connection.on('data', (text: string) => {
          pid += text;
        });
        connection.on('error', (error) => {
          const code = codeOf(error);
          if (code === 'ECONNREFUSED') resolve('dead');
          else if (code === 'ENOENT') resolve('gone');
          // EAGAIN: its queue is full, so it lives. Otherwise it was there, and the answer got lost.
          else if (['EAGAIN', 'ECONNRESET', 'EPIPE'].includes(code)) resolve({ pid });
          else reject(cannotLock(directory, error));
        });
        connection.on('close', () => {
          cancel();
          resolve({ pid });
        });
      }),
  );
}

/** A path longer than sockets take is reached through a descriptor of its directory, where the system has that. */
async function withSocketPath<T>(directory: string, file: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(directory, file);
  if (Buffer.byteLength(path) <= pathBytesMax) return use(path);
  if (process.platform !== 'linux') {
    throw new Error(
      `${path} is too long for a lock: choose a data directory with a path under ${pathBytesMax - 40} bytes`,
    );
  }
  const descriptor = openSync(directory, 'r');
  try {
    return await use(`/proc/self/fd/${descriptor}/${file}`);
  } finally {
    closeSync(descriptor);
  }
}

function sweep(directory: string, own: number): void {
  for (const file of readdirSync(directory)) {
    const number = Number(/^lock\.(\d+)$/.exec(file)?.[1] ?? own);
    if (number < own || file.startsWith(starting)) remove(join(directory, file));
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    // Whoever cleans up at the same time may have been faster, also below an overlay.
    if (codeOf(error) !== 'ENOENT' && (error as NodeJS.ErrnoException).errno !== stale) throw error;
  }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
