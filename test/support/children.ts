import { readFileSync } from 'node:fs';

/** Process ids of those that this one began and that it has not seen end, on Linux. */
export function childrenOf(pid: number): number[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
}
