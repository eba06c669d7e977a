import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the tests' children find what is built. */
export const here = dirname(fileURLToPath(import.meta.url));

/** Children run what is built, as they have no loader for the sources. With nothing to do this takes a moment. */
export function build(): void {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-b', here], { stdio: 'inherit' });
}
