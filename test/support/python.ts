import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Timeout of a hook that makes an environment: the first one downloads its packages. */
export const pythonMsMax = 180_000;

/** Why there is no Python to test with, or null. With HOLDFAST_REQUIRE_KAFKA=1 that is a failure instead. */
export function pythonMissing(): string | null {
  try {
    execFileSync('python3', ['-c', 'import ensurepip, sys; assert sys.version_info >= (3, 9)'], { stdio: 'ignore' });
    return null;
  } catch {
    const why = 'no python3, 3.9 or later with venv, to run a consumer with';
    if (process.env.HOLDFAST_REQUIRE_KAFKA === '1') throw new Error(why);
    return why;
  }
}

/**
 * A Python with the packages that a requirements file lists, kept in the temporary directory for the next run. Gives
 * the path of the interpreter; rejects with what pip printed where they cannot be installed.
 */
export async function pythonWith(requirements: string): Promise<string> {
  const { stdout: version } = await run('python3', ['--version']);
  const key = createHash('sha256')
    .update(version)
    .update(await readFile(requirements));
  const folder = join(tmpdir(), `holdfast-python-${key.digest('hex').slice(0, 12)}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return python;
  // Made beside and renamed, so that a run that is cut short leaves nothing half installed. Only pip's own scripts
  // mind.
  const draft = await mkdtemp(`${folder}-`);
  await run('python3', ['-m', 'venv', draft]);
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--only-binary', ':all:'];
  await run(join(draft, 'bin', 'python'), [...pip, '-r', requirements]);
  await rename(draft, folder).catch(async (error) => {
    await rm(draft, { recursive: true });
    if (!existsSync(python)) throw error;
  });
  return python;
}
