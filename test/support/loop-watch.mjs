import { appendFileSync, openSync, readSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

/**
 * Imported into a process (`NODE_OPTIONS`), it tells in the file HOLDFAST_LOOP_WATCH what the event loop did in one go
 * for long: when, and the processor time that it took, as JSON in lines. Processor time, as others' load on the machine
 * is not in that.
 */
const file = process.env.HOLDFAST_LOOP_WATCH;
const toldFromMs = 20;
const everyMs = 2;

// Not the process that writes the log, which inherits the options.
if (isMainThread && process.argv[2] === 'serve' && file !== undefined) {
  const stat = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const bytes = Buffer.alloc(64);
  const busyMs = () => Number(bytes.toString('latin1', 0, readSync(stat, bytes, 0, 64, 0)).split(' ', 1)[0]) / 1e6;
  let before = busyMs();
  const look = () => {
    const tookMs = busyMs() - before;
    if (tookMs > toldFromMs) appendFileSync(file, `${JSON.stringify({ at: Date.now(), tookMs })}\n`);
    before = busyMs();
    setTimeout(look, everyMs).unref();
  };
  look();
}
