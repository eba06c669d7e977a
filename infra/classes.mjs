import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from './broker.mjs';
import { once } from './download.mjs';
import { stopProcess } from './processes.mjs';
import { startRegistry } from './registry.mjs';

/** @typedef {import('./state.mjs').Programs} Programs */

const names = ['registry', 'kafka'];
const writtenMsMax = 120_000;

/**
 * Has Java keep the classes that each program loads as it has read and checked them, once for each download: with them
 * a start takes half as long. Making them takes half a minute, so it is done where many starts come, as in tests.
 * @param {string} folder of what was downloaded @param {(text: string) => void} say
 */
export async function keepClasses(folder, say) {
  const kept = keptIn(folder);
  await once(kept, async () => {
    say(
      'having Java keep the classes of Kafka and the registry, so that starts take half as long (half a minute, once)',
    );
    const unfinished = `${kept}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    const directory = await mkdtemp(join(tmpdir(), 'holdfast-classes-'));
    try {
      await startEach(directory, { folder, java: (name) => [`-XX:ArchiveClassesAtExit=${unfinished}/${name}.jsa`] });
      await stopEach(directory, false);
    } finally {
      await stopEach(directory, true);
      await rm(directory, { recursive: true, force: true });
    }
    await rename(unfinished, kept);
  });
}

/** What runs of it, with what Java has kept, if anything. @param {string} folder @returns {Programs} */
export function programsIn(folder) {
  return {
    folder,
    java: (name) => {
      const archive = `${keptIn(folder)}/${name}.jsa`;
      // What another Java made is passed over, and is nobody's trouble.
      return existsSync(archive) ? [`-XX:SharedArchiveFile=${archive}`, '-Xlog:cds=off', '-Xlog:cds+dynamic=off'] : [];
    },
  };
}

/** @param {string} folder */
const keptIn = (folder) => `${folder}/classes`;

/** @param {string} directory @param {Programs} programs */
async function startEach(directory, programs) {
  const quiet = () => {};
  const options = { directory, port: 0, saslPort: 0, registryPort: 0, node: 1, voters: [], until: process.pid };
  await startBroker(options, null, programs, quiet);
  await startRegistry(directory, 0, null, programs, quiet);
}

/** @param {string} directory @param {boolean} kill */
const stopEach = (directory, kill) =>
  Promise.all(names.map((name) => stopProcess(directory, name, kill, writtenMsMax)));
