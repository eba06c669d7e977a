import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** npm and vitest run in the repository's root; this file runs from its source and as built. */
const root = process.cwd();
const megabyte = 1024 * 1024;

/** A service in a process of its own, so that making the load does not slow its event loop. */
export interface Served {
  url: string;
  pid: number;
  stop(): Promise<void>;
}

/** Starts `holdfast serve` with a data directory; `nodeOptions` are for the process, e.g. `--cpu-prof`. */
export async function serve(data: string, options: readonly string[], nodeOptions: readonly string[]): Promise<Served> {
  const program = ['services/cli/bin/holdfast.cjs', 'serve', '--port', '0', '--data', data, ...options];
  const child = spawn(process.execPath, [...nodeOptions, ...program], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    url: await urlOf(child),
    pid: child.pid!,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/** Rejects with what it printed where it ends before it serves. */
function urlOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    const listen = (chunk: Buffer) => {
      output += chunk.toString();
      const url = /serving at (\S+)/.exec(output)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout!.on('data', listen);
    child.stderr!.on('data', listen);
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`the service ended: ${output}`)));
  });
}

/** Resident memory of a process in MB: what it has, and where the system tells, the most it had. */
export function memoryOf(pid: number): { now: number; most: number | null } {
  if (process.platform !== 'linux') {
    const kilobytes = execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
    return { now: (Number(kilobytes) * 1024) / megabyte, most: null };
  }
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string) => (Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024) / megabyte;
  return { now: field('VmRSS'), most: field('VmHWM') };
}
