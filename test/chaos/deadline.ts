import { setTimeout as sleep } from 'node:timers/promises';
import { Violation } from '../model/claim.js';

/** What `work` gives. Throws Violation where that takes longer. */
export async function within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
  const over = new AbortController();
  const late = sleep(ms, undefined, { signal: over.signal }).then(() => {
    throw new Violation(`${what} within ${ms / 1_000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    over.abort();
    late.catch(() => {});
  }
}
