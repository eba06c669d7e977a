import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startContainers, stopContainers } from './containers.mjs';
import { javaMissing, startWithJava, stopWithJava } from './java.mjs';
import { readState, removeState, writeState } from './state.mjs';
import { stopWhenEnded } from './watch.mjs';

const usage = `Usage: npm run kafka -- [start | stop | status] [options]

Brings up a local Apache Kafka and a schema registry: with Java and Maven where they are installed, else in containers.

  --port <number>           port of Kafka (default: 29092; 0: any free one)
  --registry-port <number>  port of the registry (default: 28081; 0: any free one)
  --sasl-port <number>      another port of Kafka, that asks for a password: user holdfast, password holdfast-local
  --no-registry             Kafka only
  --node <id>, --voters <id@host:port,...>
                            one node of a cluster of several: start each with a directory of its own, at the same time
  --dir <directory>         where data, logs and process ids are kept (default: .holdfast/kafka)
  --until <pid>             stop as soon as that process has ended, and remove the directory
  --kill                    with stop: at once, as a crash would; implies --keep
  --keep                    with stop: the next start uses the same ports again
  --json                    print the addresses as JSON
`;

const home = fileURLToPath(new URL('../.holdfast', import.meta.url));

/** @typedef {import('./state.mjs').State} State */

/**
 * @returns {{ command: string, json: boolean, kill: boolean, keep: boolean, options: import('./state.mjs').StartOptions
 * }}
 */
function settings() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: 'string', default: '29092' },
      'registry-port': { type: 'string', default: '28081' },
      'sasl-port': { type: 'string' },
      node: { type: 'string', default: '1' },
      voters: { type: 'string', default: '' },
      'no-registry': { type: 'boolean', default: false },
      dir: { type: 'string', default: `${home}/kafka` },
      until: { type: 'string' },
      kill: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const sasl = values['sasl-port'];
  const options = {
    directory: resolve(values.dir),
    port: number('--port', values.port),
    registryPort: values['no-registry'] ? null : number('--registry-port', values['registry-port']),
    saslPort: sasl === undefined ? null : number('--sasl-port', sasl),
    node: number('--node', values.node),
    voters: values.voters === '' ? [] : values.voters.split(','),
    until: values.until === undefined ? null : number('--until', values.until),
  };
  return {
    command: values.help ? 'help' : (positionals[0] ?? 'start'),
    json: values.json,
    kill: values.kill,
    keep: values.keep || values.kill,
    options,
  };
}

/** @param {string} name @param {string} text */
function number(name, text) {
  const value = Number(text);
  if (text === '' || !Number.isInteger(value) || value < 0) throw new Error(`${name} must be a whole number`);
  return value;
}

/** @param {string} text */
const say = (text) => process.stderr.write(`${text}\n`);

/** @param {import('./state.mjs').StartOptions} options @returns {Promise<State>} */
async function start(options) {
  await mkdir(options.directory, { recursive: true });
  const missing = await javaMissing();
  if (missing !== null) say(`${missing}; trying containers`);
  const state = missing === null ? await startWithJava(options, home, say) : await startContainers(options, say);
  await writeState(options.directory, state);
  if (options.until !== null) await stopWhenEnded(options.until, options.directory);
  return state;
}

/** @param {string} directory @param {boolean} kill @param {boolean} keep */
async function stop(directory, kill, keep) {
  const state = await readState(directory);
  if (state === null) return say(`nothing was started in ${directory}`);
  if (state.containers.length > 0) await stopContainers(state, say);
  else await stopWithJava(state, directory, kill, say);
  // As after a crash, the next start then finds the same ports.
  if (!keep) await removeState(directory);
}

/** @param {State} state @param {boolean} json */
function print(state, json) {
  const { brokers, saslBrokers, registry } = state;
  if (json) return process.stdout.write(`${JSON.stringify({ brokers, saslBrokers, registry })}\n`);
  const sasl = saslBrokers === null ? '' : `Kafka, with a password: ${saslBrokers}\n`;
  process.stdout.write(`Kafka: ${brokers}\n${sasl}${registry === null ? '' : `registry: ${registry}\n`}`);
}

async function main() {
  const { command, json, kill, keep, options } = settings();
  if (command === 'start') print(await start(options), json);
  else if (command === 'stop') await stop(options.directory, kill, keep);
  else if (command === 'status') {
    const state = await readState(options.directory);
    if (state === null) say('not started');
    else print(state, json);
  } else process.stdout.write(usage);
}

main().catch((error) => {
  say(`npm run kafka: ${error.message}`);
  process.exitCode = 1;
});
