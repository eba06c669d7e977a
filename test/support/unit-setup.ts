import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';
import threads from 'node:worker_threads';
import { afterAll, vi } from 'vitest';

/*
 * What keeps the unit tier quick, and good for a machine that has nothing but Node: whatever in it begins a process (a
 * broker and a server are such), begins a thread (the embedded Postgres has one) or opens a log's file fails. The
 * watchdog's thread is there before.
 */
const refuse = (what: string) => () => {
  throw new Error(`a unit test ${what}: see test/tiers.ts for where it belongs`);
};

for (const name of ['exec', 'execFile', 'execFileSync', 'execSync', 'fork', 'spawn', 'spawnSync'] as const) {
  Object.assign(childProcess, { [name]: refuse('begins a process') });
}
Object.assign(threads, {
  Worker: class {
    constructor() {
      refuse('begins a thread')();
    }
  },
});
syncBuiltinESMExports();

vi.mock('@electric-sql/pglite', () => ({ PGlite: { create: refuse('opens a database') } }));
vi.mock('lmdb', async (original) => ({ ...(await original<object>()), open: refuse('opens a log in a directory') }));

// The next file may run in this process.
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});
