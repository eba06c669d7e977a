#!/usr/bin/env node
import { Buffer } from 'node:buffer';
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// A disk that does not answer holds up a thread for each thing that is to be written; names and keys need some, too.
process.env.UV_THREADPOOL_SIZE ??= '16';
// Else what a request for a whole fleet leaves may become four times what is in use before V8 looks for it.
setFlagsFromString('--heap-growing-percent=100');
// Where much memory is in buffers, V8 looks for garbage for 5 to 50 ms at each piece of memory that is made for them: by default, one for 8 KB.
Buffer.poolSize = 256 * 1024;
// Output to a file on a full disk is lost, and ends nothing.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const main = new URL('../dist/main.js', import.meta.url);
if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write('holdfast is not built yet: run `npm run build` in the repository first.\n');
  process.exitCode = 1;
}
