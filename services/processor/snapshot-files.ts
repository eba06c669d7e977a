import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { makeDirectories } from '@holdfast/log';
import type { SnapshotStore } from './snapshot-store.js';

const ending = '.snapshot.gz';
/** A part that old was left by a process that died. */
const abandonedMs = 3_600_000;

/**
 * Snapshots as files of a directory, compressed. Several processes may share it: a file appears whole, under its name,
 * or not at all. `prefix` tells whose they are.
 */
export async function openSnapshotFiles(directory: string, prefix: string): Promise<SnapshotStore> {
  await makeDirectories(directory);
  await removeAbandoned(directory);
  const pathOf = (name: string) => join(directory, `${prefix}.${name}${ending}`);
  return {
    async list() {
      const own = (await readdir(directory)).filter((file) => file.startsWith(`${prefix}.`) && file.endsWith(ending));
      return own
        .map((file) => file.slice(prefix.length + 1, -ending.length))
        .sort()
        .reverse();
    },
    read(name) {
      const unpacked = createGunzip();
      // Without a pipeline an error of the file would not reach who reads what is unpacked.
      pipeline(createReadStream(pathOf(name)), unpacked).catch((error: Error) => unpacked.destroy(error));
      return unpacked;
    },
    async write(name, pieces) {
      const part = `${pathOf(name)}.${randomUUID()}.part`;
      try {
        const packed = createGzip({ level: constants.Z_BEST_SPEED });
        await pipeline(Readable.from(pieces), packed, createWriteStream(part, { mode: 0o600 }));
        await synced(part);
        await rename(part, pathOf(name));
        await synced(directory);
      } catch (error) {
        await rm(part, { force: true });
        throw error;
      }
    },
    async remove(name) {
      await rm(pathOf(name), { force: true });
    },
  };
}

async function removeAbandoned(directory: string): Promise<void> {
  for (const file of (await readdir(directory)).filter((each) => each.endsWith('.part'))) {
    const path = join(directory, file);
    const found = await stat(path).catch(() => null);
    if (found !== null && Date.now() - found.mtimeMs > abandonedMs) await rm(path, { force: true });
  }
}

async function synced(path: string): Promise<void> {
  const file = await open(path);
  await file.sync().finally(() => file.close());
}
