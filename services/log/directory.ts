import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a directory, and those above it that are missing, its user's alone. Throws what the file system says. Not by
 * `mkdir`'s `recursive`, which goes round for ever where a directory that is there answers ENOENT, as those of the
 * kernel's own file systems do (/proc).
 */
export async function makeDirectories(path: string): Promise<void> {
  try {
    return await makeOne(path);
  } catch (error) {
    const above = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || above === path) throw error;
    // A link to nothing: what is above it is there.
    if ((error as NodeJS.ErrnoException).syscall === 'stat') throw error;
    await makeDirectories(above);
  }
  await makeOne(path);
}

/** One that is there is taken; a file is not, nor a link to nothing. */
async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !(await stat(path)).isDirectory()) throw error;
  }
}
