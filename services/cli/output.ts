import { spawn } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { complain } from './commands/server.js';
import { exitCodes } from './exit-codes.js';

/**
 * What is printed may meet a reader that has seen enough (`| head`): that is no error, and what was begun goes on to
 * its end, whose exit code counts. What cannot be kept, as on a full disk, must not pass for all there is.
 */
export function watchOutput(): void {
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') return;
    complain(`what is printed cannot be written: ${message}`);
    process.exit(exitCodes.unreachable);
  });
}

/** For what goes on until it is ended: whoever reads it, or the terminal, may be the one to do so. */
export function endWithReader(): void {
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
    if (code === 'EPIPE') process.exit(exitCodes.done);
  });
  endOnSignal('SIGPIPE');
  if (fstatSync(1).isFIFO()) watchReader(() => process.exit(exitCodes.done));
}

/** For what goes on until it is ended: to end it is no failure. */
export function endOnSignal(...more: NodeJS.Signals[]): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', ...more] as const) {
    process.once(signal, () => process.exit(exitCodes.done));
  }
}

/**
 * Whoever reads a pipe may leave while there is nothing to print, and nothing of Node's tells that without a write. GNU
 * tail (from 8.28 on) looks for it, and ends by SIGPIPE; it holds the pipe, so it ends with this process, however that
 * does. Where there is none, the next line tells.
 */
function watchReader(left: () => void): void {
  const watch = ['-f', '/dev/null', `--pid=${process.pid}`];
  const watcher = spawn('tail', watch, { stdio: ['ignore', 'inherit', 'ignore'], detached: true });
  watcher.on('error', () => {});
  watcher.on('exit', (_, signal) => {
    if (signal === 'SIGPIPE') left();
  });
  watcher.unref();
  process.once('exit', () => watcher.kill());
}
