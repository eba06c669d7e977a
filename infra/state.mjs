import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * @typedef {object} StartOptions
 * @property {string} directory
 * @property {number} port 0: any free one
 * @property {number | null} registryPort null: no registry
 * @property {number | null} saslPort null: none
 * @property {number} node its id; 1 where it is alone
 * @property {string[]} voters of a cluster of several, all nodes as `id@host:port` of their controllers; empty: it is
 * alone
 * @property {number | null} until id of the process whose end stops everything
 *
 * What Java runs.
 * @typedef {object} Programs
 * @property {string} folder of what was downloaded
 * @property {(name: string) => string[]} java what Java is told beside for the one that is called so
 *
 * What runs, or ran until a crash, in a directory.
 * @typedef {object} State
 * @property {string} brokers e.g. `127.0.0.1:29092`
 * @property {string | null} saslBrokers
 * @property {string | null} registry URL of its Confluent API
 * @property {number} controllerPort
 * @property {string[]} containers their ids; empty where Java runs
 */

/** @param {string} directory */
const file = (directory) => join(directory, 'state.json');

/** @param {string} directory @returns {Promise<State | null>} */
export async function readState(directory) {
  try {
    return JSON.parse(await readFile(file(directory), 'utf8'));
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return null;
    throw error;
  }
}

/** @param {string} directory @param {State} state */
export async function writeState(directory, state) {
  await writeFile(`${file(directory)}.new`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${file(directory)}.new`, file(directory));
}

/** @param {string} directory */
export async function removeState(directory) {
  await rm(file(directory), { force: true });
}
