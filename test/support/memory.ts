import { readFile } from 'node:fs/promises';

export interface Memory {
  /** All of it, with the pages of its log's file that it has looked at, which the system takes back where it is short of memory. */
  residentMb: number;
  /** What only this process has. */
  privateMb: number;
}

/** Looks at what a process holds, several times a second, until it is asked for the most that there was. */
export function watchMemory(pid: number): () => Promise<Memory> {
  let privateKb = 0;
  const look = async () => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    privateKb = Math.max(privateKb, kilobytes(status, 'RssAnon'));
    return status;
  };
  const looking = setInterval(() => void look().catch(() => clearInterval(looking)), 200).unref();
  return async () => {
    clearInterval(looking);
    const status = await look();
    return { residentMb: kilobytes(status, 'VmHWM') / 1_024, privateMb: privateKb / 1_024 };
  };
}

function kilobytes(status: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (found === undefined) throw new Error(`the system does not say ${name}`);
  return Number(found);
}
