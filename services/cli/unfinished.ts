import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LogError, makeDirectories } from '@holdfast/log';
import { ToolError } from './log-tools/errors.js';

/*
 * A log that is being made from another is not whole before the last of its records is there, and nothing in it says
 * so: what is there is sound as far as it goes. So a file in the data directory says it meanwhile, and stays where the
 * work ends early.
 */

const unfinishedFile = (data: string) => join(data, 'unfinished');

/** Throws LogError `lost` where a log was begun from this directory and did not come to its end. */
export async function requireFinished(data: string | null): Promise<void> {
  if (data === null || !existsSync(unfinishedFile(data))) return;
  const what = (await readFile(unfinishedFile(data), 'utf8')).trim();
  throw new LogError(
    'lost',
    `${what} did not come to its end, so the log in it is not whole: delete that, and ${unfinishedFile(data)}, and begin again`,
  );
}

/**
 * Does the work that makes a log whole. `what` names it, e.g. `the import into data`. Throws ToolError where that
 * cannot be noted.
 */
export async function untilFinished<T>(data: string, what: string, work: () => Promise<T>): Promise<T> {
  const file = unfinishedFile(data);
  try {
    await makeDirectories(data);
    await writeFile(file, `${what}\n`, { mode: 0o600, flush: true });
  } catch (cause) {
    throw new ToolError(`${what} was not begun, as it cannot be noted in ${file}: ${(cause as Error).message}`);
  }
  const done = await work();
  await rm(file);
  return done;
}
