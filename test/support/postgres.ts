import { execFile } from 'node:child_process';
import { chownSync, mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { postgresPrograms, postgresUser } from '../../infra/postgres-programs.mjs';
import { ended } from './ended.js';

const run = promisify(execFile);

/** A PostgreSQL server of its own, on a socket in a temporary directory. */
export interface PostgresServer {
  /** URL of a fresh, empty database. */
  database(): Promise<string>;
  start(): Promise<void>;
  /** Ends every connection, at once. */
  stop(): Promise<void>;
  /** Ends its first process as in a crash; the others follow by themselves. */
  kill(): Promise<void>;
  /** Lets all of it hang: connections stay, nothing answers. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  remove(): Promise<void>;
}

/** Why there is no server to test with, or null. With HOLDFAST_REQUIRE_POSTGRES=1 that is a failure instead. */
export function postgresMissing(): string | null {
  if (postgresPrograms() !== null) return null;
  const why = 'no PostgreSQL server programs (initdb, pg_ctl) on PATH or under /usr/lib/postgresql';
  if (process.env.HOLDFAST_REQUIRE_POSTGRES === '1') throw new Error(why);
  return why;
}

const asRun = ([program, ...args]: string[]): [string, string[]] => [program!, args];

/** `disk` makes the directory of its data a small one, in a namespace: see namespaces.ts. */
export async function startPostgres(
  disk: { mount(at: string): Promise<void>; enter(command: string[]): string[] } | null = null,
): Promise<PostgresServer> {
  const folder = postgresPrograms();
  if (folder === null) throw new Error('PostgreSQL is missing');
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-postgres-'));
  const user = postgresUser();
  if (user !== null) chownSync(directory, user.uid, user.gid);
  const data = join(directory, 'data');
  const log = join(directory, 'log');
  const program = async (name: string, args: string[]) => {
    if (disk === null) return run(join(folder, name), args, { cwd: directory, ...user });
    // Who enters a namespace is root, and becomes the server's user in there.
    const as = user === null ? [] : ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
    return run(...asRun(disk.enter([...as, join(folder, name), ...args])));
  };
  const start = async () => {
    const options = `-c listen_addresses= -c unix_socket_directories=${directory} -c fsync=off -c shared_buffers=32MB`;
    await program('pg_ctl', ['start', '-w', '-D', data, '-l', log, '-o', options]);
  };
  const stop = async () => {
    await program('pg_ctl', ['stop', '-w', '-m', 'immediate', '-D', data]);
  };
  /** Of the first process and those that it began. */
  const pids = async () => {
    const pid = Number((await readFile(join(data, 'postmaster.pid'), 'utf8')).split('\n', 1)[0]);
    const { stdout } = await run('ps', ['-o', 'pid=', '--ppid', String(pid)]).catch(() => ({ stdout: '' }));
    return [pid, ...stdout.split('\n').map(Number)].filter((each) => each > 0);
  };
  const signal = async (name: NodeJS.Signals) => {
    for (const pid of await pids()) process.kill(pid, name);
  };
  if (disk !== null) {
    await disk.mount(data);
    await run(...asRun(disk.enter(['chmod', '700', data])));
    if (user !== null) await run(...asRun(disk.enter(['chown', `${user.uid}:${user.gid}`, data])));
  }
  await program('initdb', ['--no-sync', '--auth=trust', '--username=holdfast', '--encoding=UTF8', '-D', data]);
  await start();
  let databases = 0;
  return {
    async database() {
      const name = `test${++databases}`;
      await program('createdb', ['-h', directory, '-U', 'holdfast', name]);
      return `postgres://holdfast@localhost/${name}?host=${encodeURIComponent(directory)}`;
    },
    start,
    stop,
    async kill() {
      const all = await pids();
      process.kill(all[0]!, 'SIGKILL');
      // A server does not start while a process of the one before is there.
      for (const each of all) await ended(each);
    },
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    async remove() {
      await stop().catch(() => {});
      await rm(directory, { recursive: true, force: true });
    },
  };
}
