import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeRuntime } from '@holdfast/log';
import type { LogUnderTest } from '@holdfast/log/conformance';
import type { LmdbLog, LmdbLogOptions } from './options.js';

/** Where the tests' children find what is built. */
export const here = dirname(fileURLToPath(import.meta.url));

/** Children run what is built, as they have no loader for the sources. With nothing to do this takes a moment. */
export function build(): void {
  const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');
  execFileSync(process.execPath, [tsc, '-b', here], { stdio: 'inherit' });
}

/** One for `describeShardLog`, in a directory of its own. It keeps no commands that are trimmed. */
export async function logUnderTest(open: (options: LmdbLogOptions) => Promise<LmdbLog>): Promise<LogUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'holdfast-log-'));
  const openAt = () => open({ directory, shard: 's', runtime: nodeRuntime, commandsRetentionMs: -1 });
  let log = await openAt();
  return {
    log,
    async reopen() {
      await log.close();
      log = await openAt();
      return log;
    },
    trim: async (before) => void (await log.trim('commands', before)),
    async cleanup() {
      await log.close();
      await rm(directory, { recursive: true });
    },
  };
}
