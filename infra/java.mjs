import { startBroker } from './broker.mjs';
import { keepClasses, programsIn } from './classes.mjs';
import { download } from './download.mjs';
import { answers, running, stopProcess } from './processes.mjs';
import { startRegistry } from './registry.mjs';
import { readState, writeState } from './state.mjs';

/** @typedef {(text: string) => void} Say */

/** Why Java cannot be used, or null. @returns {Promise<string | null>} */
export async function javaMissing() {
  if (!(await answers('java', ['-version']))) return 'Java is not installed (17 or later is needed)';
  if (!(await answers('mvn', ['--version']))) return 'Maven is not installed';
  return null;
}

/**
 * Starts what does not run yet. Ports and data are those of the last start in the directory, also after a crash.
 * @param {import('./state.mjs').StartOptions} options @param {string} home where downloads are kept @param {Say} say
 * @returns {Promise<import('./state.mjs').State>}
 */
export async function startWithJava(options, home, say) {
  const { directory } = options;
  const folder = await download(home, say);
  if (options.until !== null) await keepClasses(folder, say);
  const programs = programsIn(folder);
  const before = await readState(directory);
  const broker = await startBroker(options, before, programs, say);
  const registry = (await running(directory, 'registry')) === null ? null : (before?.registry ?? null);
  const state = { ...broker, registry, containers: [] };
  // Before the registry: should that fail, `stop` must find the broker.
  await writeState(directory, state);
  if (options.registryPort === null) return state;
  return {
    ...state,
    registry: await startRegistry(directory, options.registryPort, before, programs, say),
  };
}

/** @param {import('./state.mjs').State} state @param {string} directory @param {boolean} kill @param {Say} say */
export async function stopWithJava(state, directory, kill, say) {
  for (const name of ['registry', 'kafka']) {
    if (await stopProcess(directory, name, kill)) say(`${name} ${kill ? 'killed' : 'stopped'}`);
    else if (name === 'kafka' || state.registry !== null) say(`${name} was not running`);
  }
}
