import { readFile } from 'node:fs/promises';
import { childrenOf } from './children.js';

export interface Memory {
  /**
   * All of it, with the pages of its log's file that it has looked at, which the system takes back where it is short of
   * memory.
   */
  residentMb: number;
  /** What only these processes have. */
  privateMb: number;
}

/**
 * Looks at what a process and those that it began hold together, several times a second, until it is asked for the most
 * that there was.
 */
export function watchMemory(pid: number): () => Promise<Memory> {
  let privateKb = 0;
  const look = async () => {
    const all = await Promise.all([pid, ...childrenOf(pid)].map((each) => readFile(`/proc/${each}/status`, 'utf8')));
    const sum = (name: string) => all.reduce((kb, status) => kb + kilobytes(status, name), 0);
    privateKb = Math.max(privateKb, sum('RssAnon'));
    return sum('VmHWM');
  };
  const looking = setInterval(() => void look().catch(() => clearInterval(looking)), 200).unref();
  return async () => {
    clearInterval(looking);
    return { residentMb: (await look()) / 1_024, privateMb: privateKb / 1_024 };
  };
}

function kilobytes(status: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (found === undefined) throw new Error(`the system does not say ${name}`);
  return Number(found);
}
