import { spawn } from 'node:child_process';
import { readdirSync, watch } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * npm run dev: serves what is built, in memory, and begins anew with each change that compiles. What follows `--` goes
 * to `holdfast serve`. While something does not compile, what was there before goes on.
 */
const root = fileURLToPath(new URL('..', import.meta.url));
/** An editor that saves several files, or one in several steps, means one change. */
const quietMs = 200;

const given = process.argv.slice(2);
const placed = given.some((each) => /^--(data|kafka)(=|$)/.test(each));
const serve = ['services/cli/bin/holdfast.cjs', 'serve', ...(placed ? [] : ['--data', 'memory']), ...given];

/** @type {import('node:child_process').ChildProcess | null} */
let service = null;
let ending = false;
/** @type {NodeJS.Timeout | undefined} */
let waiting;
/** One change after the other. */
let turn = Promise.resolve();
/** @type {Set<string>} */
const watched = new Set();

/** @param {string} text */
const say = (text) => process.stderr.write(`dev: ${text}\n`);

/** @returns {Promise<boolean>} whether all of it compiles */
function compiles() {
  const compiler = spawn(process.execPath, ['node_modules/typescript/bin/tsc', '-b'], { cwd: root, stdio: 'inherit' });
  return new Promise((resolve) => compiler.once('exit', (code) => resolve(code === 0)));
}

function begin() {
  const begun = spawn(process.execPath, serve, { cwd: root, stdio: 'inherit' });
  service = begun;
  begun.once('exit', (code, signal) => {
    if (service !== begun) return;
    service = null;
    if (!ending) say(`the service has ended (${signal ?? code}); the next change begins another`);
  });
}

/** @returns {Promise<void>} resolves once the service has ended */
function stop() {
  const begun = service;
  service = null;
  if (begun === null) return Promise.resolve();
  return new Promise((resolve) => {
    begun.once('exit', () => resolve());
    begun.kill('SIGTERM');
  });
}

async function again() {
  watchAll();
  const well = await compiles();
  if (ending) return;
  if (!well) return say('it does not compile; what was there before goes on');
  await stop();
  if (!ending) begin();
}

/** Each folder by itself: on Linux Node watches what is below one file by file. @param {string} folder */
function watchSources(folder) {
  if (!watched.has(folder)) {
    watched.add(folder);
    watch(folder, (_, name) => {
      if (name === null || !/\.(ts|[mc]js|json|avsc|yaml|sql)$/.test(name) || name.endsWith('.test.ts')) return;
      clearTimeout(waiting);
      waiting = setTimeout(() => {
        turn = turn.then(again);
      }, quietMs);
    });
  }
  for (const each of readdirSync(folder, { withFileTypes: true })) {
    if (each.isDirectory() && each.name !== 'dist' && each.name !== 'node_modules')
      watchSources(join(folder, each.name));
  }
}

/** Also those that are new. */
function watchAll() {
  for (const folder of ['events', 'services', 'projections']) watchSources(join(root, folder));
}

async function end() {
  if (ending) return;
  ending = true;
  clearTimeout(waiting);
  await stop();
  await turn;
  process.exit(0);
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end());
watchAll();
begin();
