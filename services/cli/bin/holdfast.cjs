#!/usr/bin/env node
// What is set for the whole process before anything of it runs. No module, as Node reads those with the threads that
// are counted here.
const { Buffer } = require('node:buffer');
const { existsSync, readdirSync } = require('node:fs');
const { constants, getPriority, setPriority } = require('node:os');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');
const { setFlagsFromString } = require('node:v8');

// A disk that does not answer holds up a thread for each thing that is to be written; names and keys need some, too.
process.env.UV_THREADPOOL_SIZE ??= '16';
// Else what a request for a whole fleet leaves may come to four times what is in use before V8 looks for it.
setFlagsFromString('--heap-growing-percent=70');
// Where much memory is in buffers, V8 looks for garbage for 5 to 50 ms at each piece of memory that is made for them:
// by default, one for 8 KB.
Buffer.poolSize = 256 * 1024;
// What this makes, logs and keys and exports, is its user's alone.
process.umask(0o077);
// Output to a file on a full disk is lost, and ends nothing.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
letRequestsGoFirst();
if (process.argv[2] === 'serve') {
  // Stacks name lines of the sources: 60 ms of a start and 4 MB, which a command that soon ends need not spend.
  process.setSourceMapsEnabled(true);
  heedFirstSignals();
}

const main = join(__dirname, '..', 'dist', 'main.js');
if (existsSync(main)) {
  void import(pathToFileURL(main).href);
} else {
  process.stderr.write('holdfast is not built yet: run `npm run build` in the repository first.\n');
  process.exitCode = 1;
}

/**
 * While nothing is begun: a stop is one, and what is to be read again is about to be read. What serves has its own: see
 * `../signals.ts`.
 */
function heedFirstSignals() {
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(0));
  process.on('SIGHUP', () => {});
}

/**
 * Of the threads that are there now, the first answers requests. The others are V8's, and look for garbage: four of
 * them, on however few cores.
 */
function letRequestsGoFirst() {
  const lower = Math.min(getPriority() + 5, constants.priority.PRIORITY_LOW);
  try {
    for (const thread of readdirSync('/proc/self/task')) {
      if (Number(thread) !== process.pid) setPriority(Number(thread), lower);
    }
  } catch {
    // Not on Linux, or it may not.
  }
}
