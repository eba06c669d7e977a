import { lstat, readlink, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { kernelFileSystem } from '@holdfast/log-lmdb';

/**
 * The data directory itself, or the nearest above it that is there, where what is missing can be made. Throws an Error
 * in words where a start could not have its directory, before anything is made.
 */
export async function placeFor(data: string): Promise<string> {
  const there = await firstThere(resolve(data));
  if (!(await stat(there)).isDirectory()) throw new Error(`${there} is no directory: choose another --data`);
  const kernel = await kernelFileSystem(there);
  if (kernel !== null) {
    throw new Error(`${there} is on ${kernel}, which is the kernel's own and keeps no files: choose another --data`);
  }
  return there;
}

async function firstThere(path: string): Promise<string> {
  const found = await stat(path).then(() => true, unlessMissing);
  if (found) return path;
  if (await lstat(path).then((status) => status.isSymbolicLink(), unlessMissing)) {
    const target = resolve(dirname(path), await readlink(path));
    throw new Error(
      `${path} is a link to ${target}, which does not exist: make that directory, or choose another --data`,
    );
  }
  return dirname(path) === path ? path : firstThere(dirname(path));
}

function unlessMissing(error: NodeJS.ErrnoException): false {
  if (error.code !== 'ENOENT') throw error;
  return false;
}
