import type { Group } from '@holdfast/log';
import { claim, sameJson } from '../model/claim.js';
import type { Moment } from '../model/explain.js';
import type { Observation } from './workload.js';

/** Where in the log an observation stands: after its group, or at what it read. */
const placeOf = (seen: Observation) => (seen.kind === 'write' ? seen.group.end : seen.read);
const nameOf = (seen: Observation) => (seen.kind === 'write' ? `request ${seen.id}` : `a read of ${seen.node}`);

/**
 * What was answered stays before whatever began later: writes and linearizable reads of all clients form one order,
 * that of the log. A later write stands behind, a later read at or behind. SPEC rule 7, Reads.
 */
export function realTimeOrder(observed: readonly Observation[]): void {
  inOrder(observed.filter((seen) => seen.kind === 'write' || !seen.eventual));
}

/** Reads that do not wait: what one process shows never goes back. */
export function eventualReadsAreMonotone(observed: readonly Observation[]): void {
  const reads = observed.filter(({ kind }) => kind === 'read');
  for (const name of new Set(reads.map(({ node }) => node))) inOrder(reads.filter(({ node }) => node === name));
}

/** Goes through the beginnings in order and keeps the furthest place answered before each. */
function inOrder(observed: readonly Observation[]): void {
  const answered = [...observed].sort((a, b) => a.answered - b.answered);
  const invoked = [...observed].sort((a, b) => a.invoked - b.invoked);
  let furthest: Observation | null = null;
  let n = 0;
  for (const seen of invoked) {
    for (; n < answered.length && answered[n]!.answered < seen.invoked; n++) {
      if (furthest === null || placeOf(answered[n]!) > placeOf(furthest)) furthest = answered[n]!;
    }
    if (furthest === null) continue;
    const before = placeOf(furthest);
    const holds = seen.kind === 'write' ? before < placeOf(seen) : before <= placeOf(seen);
    claim(holds, `${nameOf(seen)} began after the answer to ${nameOf(furthest)}, but came before it`, {
      time: seen.answered,
    });
  }
}

/** Every read, of either kind, shows exactly what the model has at one moment of the log. */
export function readsShowMoments(observed: readonly Observation[], moments: readonly Moment[]): void {
  for (const seen of observed) {
    if (seen.kind !== 'read') continue;
    const expected = lastBefore(moments, seen.read)!.view.answer(seen.question);
    claim(
      sameJson(seen.answer, expected),
      () =>
        `a read of ${seen.node} at ${seen.read} of ${JSON.stringify(seen.question)} shows ${JSON.stringify(seen.answer)}, the model ${JSON.stringify(expected)}`,
      { time: seen.answered },
    );
  }
}

/**
 * A read shows a lease past its expiry, by the clock of who was asked, only after the log had the last word: a command
 * that was appended after the read began is decided in what it shows. One that does not wait says so instead. SPEC rule
 * 10.
 */
export function barriersAreAwaited(observed: readonly Observation[], groups: readonly Group[]): void {
  for (const seen of observed) {
    if (seen.kind !== 'read' || !expiries(seen.answer).some((expiresAt) => expiresAt <= seen.clock)) continue;
    if (seen.eventual) {
      claim(seen.pastExpiry, `a read of ${seen.node} shows a lease past its expiry, and does not say so`, {
        time: seen.answered,
      });
      continue;
    }
    const position = lastBefore(groups, seen.read)?.stamp.commandPosition ?? -1;
    claim(position >= seen.commands, `a read of ${seen.node} shows a lease past its expiry, and no barrier before`, {
      time: seen.answered,
    });
  }
}

/** Of every reservation in an answer that has one. */
function expiries(answer: unknown): number[] {
  const found: number[] = [];
  JSON.stringify(answer, (key, value) => {
    if (key === 'expiresAt' && value !== null) found.push(value);
    return value;
  });
  return found;
}

/** The last one that ends at or before a position; they are in order. */
export function lastBefore<T extends { end: number }>(all: readonly T[], position: number): T | undefined {
  let [low, high] = [-1, all.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (all[middle]!.end <= position) low = middle;
    else high = middle - 1;
  }
  return all[low];
}
