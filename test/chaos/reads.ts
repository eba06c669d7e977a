import { claim } from '../model/claim.js';
import type { ModuleHistories } from './module.js';
import type { Read, Write } from './observations.js';

/**
 * Every read shows one moment of the model's history: none before an answer that was given when the read began, none
 * after a request that began when it was answered, and none before the moment of a read that had ended when it began.
 *
 * Reads are taken in the order in which they began, each at the earliest moment that it can have; whatever is possible
 * at all is possible so.
 */
export function readsAreLinearizable(reads: Read[], writes: readonly Write[], histories: ModuleHistories): void {
  const before = latestAnswered(writes);
  const after = earliestInvoked(writes);
  const moments = new Map<Read, number>();
  const byEnd = [...reads].sort((a, b) => a.answered - b.answered);
  let [next, latest] = [0, 0];
  for (const read of reads.sort((a, b) => a.invoked - b.invoked)) {
    for (; next < byEnd.length && byEnd[next]!.answered < read.invoked; next++) {
      latest = Math.max(latest, moments.get(byEnd[next]!)!);
    }
    const from = Math.max(before(read.invoked), latest);
    const to = after(read.answered) - 1;
    moments.set(read, momentOf(read, from, to, histories));
  }
}

/** The first moment between `from` and `to` at which all was as the read shows it. */
function momentOf(read: Read, from: number, to: number, histories: ModuleHistories): number {
  const wishes = histories.wantedBy(read);
  let moment = from;
  for (let agreeing = 0, n = 0; agreeing < wishes.length; n = (n + 1) % wishes.length) {
    const { resource, firstFrom } = wishes[n]!;
    const first = firstFrom(moment);
    if (first === null || first > to) {
      const was = `it was '${histories.at(resource, from)}' at ${from}, '${histories.at(resource, moment)}' at ${moment}`;
      const told = `a read from ${read.invoked} to ${read.answered} shows no moment from ${from} to ${to}: ${resource}, ${was}; the read: ${JSON.stringify(read).slice(0, 2_000)}`;
      claim(false, told);
    }
    agreeing = first === moment ? agreeing + 1 : 1;
    moment = first;
  }
  return moment;
}

/** Gives a function from a time to the last sequence that was answered before it. */
function latestAnswered(writes: readonly Write[]): (time: number) => number {
  const sorted = [...writes].sort((a, b) => a.answered - b.answered);
  let highest = 0;
  const latest = sorted.map(({ sequence }) => {
    highest = Math.max(highest, sequence);
    return highest;
  });
  return (time) => latest[countBelow(sorted.length, (n) => sorted[n]!.answered < time) - 1] ?? 0;
}

/** Gives a function from a time to the first sequence of what began after it. */
function earliestInvoked(writes: readonly Write[]): (time: number) => number {
  const sorted = [...writes].sort((a, b) => a.invoked - b.invoked);
  let lowest = Number.POSITIVE_INFINITY;
  const earliest = sorted
    .reverse()
    .map(({ sequence }) => {
      lowest = Math.min(lowest, sequence);
      return lowest;
    })
    .reverse();
  sorted.reverse();
  return (time) => earliest[countBelow(sorted.length, (n) => sorted[n]!.invoked <= time)] ?? Number.POSITIVE_INFINITY;
}

/** How many of the first numbers `holds` is true for, where it is true up to some number and false from there on. */
function countBelow(length: number, holds: (n: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
