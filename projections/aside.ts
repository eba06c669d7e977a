import { cp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeDirectories } from '@holdfast/log';

/** What begins the names of what is kept within a directory that is a disk of its own. */
const kept = /^(damaged|lost)-/;

/**
 * Sets a directory with all that is in it aside, under a name that begins with why. Gives where it then is: beside, or,
 * where the directory is a disk of its own, within it.
 */
export async function setDirectoryAside(directory: string, name: string): Promise<string> {
  const beside = `${directory}.${name}`;
  try {
    await move(directory, beside);
    return beside;
  } catch (error) {
    if (codeOf(error) !== 'EBUSY') throw error;
  }
  const within = join(directory, name);
  const files = await withoutKept(directory);
  await makeDirectories(within);
  for (const each of files) await move(join(directory, each), join(within, each));
  return within;
}

/** The names in a directory, without what was set aside in it; none where it is not there. */
export async function withoutKept(directory: string): Promise<string[]> {
  const all = await readdir(directory).catch(() => []);
  return all.filter((each) => !kept.test(each));
}

/**
 * An overlay does not rename a directory of its lower layer, and a file may belong elsewhere: then it is copied, and
 * appears whole.
 */
export async function move(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    if (codeOf(error) !== 'EXDEV') throw error;
    const part = `${to}.part`;
    await rm(part, { recursive: true, force: true });
    await cp(from, part, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    await rename(part, to);
    await rm(from, { recursive: true });
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
