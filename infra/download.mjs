import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const pom = fileURLToPath(new URL('pom.xml', import.meta.url));
const lockAgeMsMax = 10 * 60_000;

/**
 * Has Maven fetch Kafka and the registry, once for each content of pom.xml. Gives their folder.
 * @param {string} home @param {(text: string) => void} say
 */
export async function download(home, say) {
  const version = createHash('sha256')
    .update(await readFile(pom))
    .digest('hex')
    .slice(0, 12);
  const folder = `${home}/java-${version}`;
  await mkdir(home, { recursive: true });
  await once(folder, () => fetch(folder, say));
  return folder;
}

/**
 * Has `make` make what is not there, by one process at a time. @param {string} path @param {() => Promise<void>} make
 */
export async function once(path, make) {
  while (!existsSync(path)) {
    if (!(await lock(`${path}.lock`))) await sleep(200);
    else {
      try {
        if (!existsSync(path)) await make();
      } finally {
        await rm(`${path}.lock`, { recursive: true });
      }
    }
  }
}

/** @param {string} folder @param {(text: string) => void} say */
async function fetch(folder, say) {
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  say(`fetching Kafka and the registry with Maven into ${folder} (about 190 MB, once)`);
  await run('mvn', ['-B', '-q', '-f', pom, 'package', `-Dholdfast.directory=${unfinished}`]).catch((error) => {
    throw new Error(`Maven could not fetch them:\n${error.stdout}${error.stderr}`);
  });
  await rename(unfinished, folder);
}

/**
 * Another start may be making it at this moment. A lock that is older than any of that takes was left by a crash.
 * @param {string} path
 */
async function lock(path) {
  try {
    await mkdir(path);
    return true;
  } catch {
    const made = await stat(path).catch(() => null);
    if (made !== null && Date.now() - made.mtimeMs > lockAgeMsMax) await rm(path, { recursive: true, force: true });
    return false;
  }
}
