import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonWith } from '../../../support/python.js';

const run = promisify(execFile);
// From the repository's root, as what is built of this lies elsewhere.
const folder = new URL('../../../../test/modules/placement/conformance', import.meta.url).pathname;
const leftOut = JSON.parse(readFileSync(join(folder, 'left-out.json'), 'utf8')) as Record<string, object>;
const fileMsMax = 120_000;

export interface GabbiResult {
  name: string;
  outcome: 'passed' | 'failed' | 'left out';
  /** Why it failed or was left out. */
  detail: string;
}

/** A Python with Placement's own tests. */
export const gabbiPython = () => pythonWith(join(folder, 'gabbi.txt'));
/** A Python with the client of OpenStack. They cannot be in one: their dependencies disagree. */
export const openstackPython = () => pythonWith(join(folder, 'openstack.txt'));

/**
 * Runs one of Placement's own files against an empty server. `url` is where Placement is served. Rejects where it
 * cannot be run.
 */
export async function runGabbiFile(python: string, url: string, file: string): Promise<GabbiResult[]> {
  const args = [join(folder, 'gabbi_file.py'), url, file, JSON.stringify(leftOut[file] ?? {})];
  const { stdout } = await run(python, args, { timeout: fileMsMax, maxBuffer: 16 * 1024 * 1024 });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as GabbiResult);
}
