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
  while (!existsSync(folder)) {
    if (await lock(`${folder}.lock`)) await fetch(folder, say).finally(() => rm(`${folder}.lock`, { recursive: true }));
    else await sleep(200);
  }
  return folder;
}

/** @param {string} folder @param {(text: string) => void} say */
async function fetch(folder, say) {
  if (existsSync(folder)) return;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  say(`fetching Kafka and the registry with Maven into ${folder} (about 190 MB, once)`);
  await run('mvn', ['-B', '-q', '-f', pom, 'package', `-Dholdfast.directory=${unfinished}`]).catch((error) => {
    throw new Error(`Maven could not fetch them:\n${error.stdout}${error.stderr}`);
  });
  await rename(unfinished, folder);
}

/** Another start may be fetching at this moment. A lock that is older than any fetch was left by a crash. @param {string} path */
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
