import { readdirSync, readFileSync } from 'node:fs';

/**
 * The niceness of each thread of a process (proc(5): the 17th of what follows the name), by its id, the first one
 * first.
 */
export function nicenessesOf(pid: number): Map<string, number> {
  return new Map(
    readdirSync(`/proc/${pid}/task`).map((thread) => {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
      return [thread, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])];
    }),
  );
}
