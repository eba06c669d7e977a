import { constants, existsSync } from 'node:fs';
import { access, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { dirname, join } from 'node:path';
import { withoutKept } from './aside.js';
import { projectionLimits } from './limits.js';

/** The directory of an embedded Postgres, and what stands beside it: what is there without asking the engine. */

/** A directory that is a disk of its own can be emptied, but not removed. */
export async function emptyDirectory(directory: string): Promise<void> {
  for (const each of await withoutKept(directory)) await rm(join(directory, each), { recursive: true, force: true });
}

/** In what is unpacked for a new one it comes last (make-empty-database.mjs). */
export function holdsDatabase(directory: string): boolean {
  return existsSync(join(directory, 'PG_VERSION'));
}

/** Whether so little is free that the engine cannot be expected to work. Where nobody can say, it is not. */
export async function isShort(directory: string): Promise<boolean> {
  try {
    const free = await freeBytes(directory);
    await access(directory, constants.W_OK).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EROFS') throw error;
    });
    return free < projectionLimits.embeddedFreeBytesMin;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EROFS';
  }
}

export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(existsSync(directory) ? directory : dirname(directory));
  return bavail * bsize;
}

/** Says under which start of the operating system the directory was last opened. */
function bootFile(directory: string): string {
  return `${directory}.boot`;
}

/** Whether it was last opened under another start of the operating system. */
export async function outlivedBoot(directory: string): Promise<boolean> {
  if (!holdsDatabase(directory)) return false;
  const written = await readFile(bootFile(directory), 'utf8').catch(() => null);
  return written !== (await currentBoot());
}

/** Notes under which start it is opened now. */
export async function noteBoot(directory: string): Promise<void> {
  if (await outlivedBoot(directory)) await writeFile(bootFile(directory), await currentBoot(), { mode: 0o600 });
}

export async function forgetBoot(directory: string): Promise<void> {
  await rm(bootFile(directory), { force: true });
}

async function currentBoot(): Promise<string> {
  try {
    return await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
  } catch {
    // Where there is no such id: the minute of the start. A clock that was set means no more than making it anew.
    return `${Math.round((Date.now() / 1_000 - uptime()) / 60)}`;
  }
}
