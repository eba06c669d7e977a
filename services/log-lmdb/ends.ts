import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '@holdfast/log';
import { checkPages, type Looked } from './pages.js';

/*
 * How often in a row a log was left without having been closed, in a file beside it. Damage that LMDB follows may end
 * the process by a signal, without a word; so the start after such an end looks at more of the file, and says what is
 * wrong.
 */
const nameIn = (directory: string) => join(directory, 'opened');

export interface Look {
  directory: string;
  /** Of the log file. */
  descriptor: number;
  look: Looked;
  logger: Logger;
}

/** To be called when a log is about to be opened. Throws PageError. */
export function lookAtPages({ directory, descriptor, look, logger }: Look): void {
  const uncleanEnds = countIn(directory);
  write(directory, uncleanEnds + 1);
  if (uncleanEnds > 0) {
    logger.info({ directory, uncleanEnds }, 'the log was not closed when it was last used: its pages are looked at');
  }
  const all = checkPages(descriptor, look, uncleanEnds);
  // What ended the ones before was something else.
  if (all && uncleanEnds > 0) write(directory, 1);
}

export function endCleanly(directory: string): void {
  try {
    rmSync(nameIn(directory), { force: true });
  } catch {
    // The next start looks at more than it needs to.
  }
}

function countIn(directory: string): number {
  try {
    return Math.max(1, Number(readFileSync(nameIn(directory), 'utf8')) || 1);
  } catch {
    return 0;
  }
}

function write(directory: string, count: number): void {
  try {
    writeFileSync(nameIn(directory), String(count), { mode: 0o600 });
  } catch {
    // A full disk: the next start looks at as much as after a clean end.
  }
}
