import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/** How a proof ended. */
export interface Ended {
  passed: boolean;
  seconds: number;
  /** File with all that it printed. */
  output: string;
}

/** What is known of one commit's proofs. */
export interface Known {
  commit: string;
  /** Fresh once, then kept, so that what is resumed is the same run. */
  seed: number;
  ended: Record<string, Ended>;
}

/** How far an earlier run of the same commit came; a new beginning where there is none, or it was another's. */
export async function resume(path: string, commit: string, seed: number): Promise<Known> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const found = text === '' ? null : (JSON.parse(text) as Known);
  return found?.commit === commit ? found : { commit, seed, ended: {} };
}

/** Whole or not at all, as a run may be ended at any moment. */
export async function keep(path: string, known: Known): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.new`, JSON.stringify(known, null, 2));
  await rename(`${path}.new`, path);
}
