import { PersistentMap } from './persistent-map.js';

/**
 * Which requests were decided, by id, for a window of log time. SPEC rule 11.
 *
 * Two generations instead of a queue: ids enter the current one; once it has lasted a whole window, or is full, it
 * becomes the previous one and what was previous is forgotten. So nothing is forgotten early unless the cap is hit,
 * forgetting costs nothing per id, and the whole memory is an immutable value like the rest of the state.
 */
export interface RequestMemory {
  current: PersistentMap<Remembered>;
  previous: PersistentMap<Remembered>;
  /** Log time at which the current generation began. */
  since: number;
}

export interface Remembered {
  digest: string;
  /** Sequence of the outcome. */
  sequence: number;
  /** Log time of the decision. */
  time: number;
}

export const nothingRemembered: RequestMemory = {
  current: PersistentMap.empty(),
  previous: PersistentMap.empty(),
  since: 0,
};

/** What was decided on `id` within the last `windowMs`, or undefined. */
export function recall(memory: RequestMemory, id: string, now: number, windowMs: number): Remembered | undefined {
  const found = memory.current.get(id) ?? memory.previous.get(id);
  return found !== undefined && now - found.time < windowMs ? found : undefined;
}

/**
 * Remembers `entry`, forgetting the older generation when the current one is as old as the window or holds half of
 * `count`.
 */
export function remember(
  memory: RequestMemory,
  id: string,
  entry: Remembered,
  windowMs: number,
  count: number,
): RequestMemory {
  const full = entry.time - memory.since >= windowMs || memory.current.size >= count / 2;
  if (!full) return { ...memory, current: memory.current.set(id, entry) };
  return {
    current: PersistentMap.empty<Remembered>().set(id, entry),
    previous: memory.current,
    since: entry.time,
  };
}
