import type { Runtime } from '@holdfast/log';
import { kafkaLimits } from './limits.js';

type Clock = Pick<Runtime, 'now' | 'after' | 'random'>;

export function sleep(clock: Pick<Runtime, 'after'>, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}

/** The result of `work`, or a rejection after `ms`; what is left of it goes on unheard. */
export function within<T>(clock: Pick<Runtime, 'after'>, ms: number, work: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = clock.after(ms, () => reject(new Error(`no answer within ${ms} ms`)));
    work.then(resolve, reject).finally(cancel);
  });
}

/** Milliseconds before attempt number `attempt`, from 1 on. */
export function backOffMs(clock: Pick<Runtime, 'random'>, attempt: number): number {
  const { retryMsMin, retryMsMax } = kafkaLimits;
  return Math.min(retryMsMin * 2 ** (attempt - 1), retryMsMax) * (0.5 + clock.random() / 2);
}

/**
 * Calls `attempt` until it succeeds, what it throws is not worth another attempt, or `totalMs` are over; then it
 * rejects with what was thrown last. `attempt` gets the milliseconds that are left.
 */
export async function retrying<T>(
  clock: Clock,
  totalMs: number,
  attempt: (leftMs: number) => Promise<T>,
  isPassing: (error: unknown) => boolean,
): Promise<T> {
  const end = clock.now() + totalMs;
  for (let n = 1; ; n++) {
    const leftMs = end - clock.now();
    try {
      return await within(clock, leftMs, attempt(leftMs));
    } catch (error) {
      const waitMs = backOffMs(clock, n);
      if (!isPassing(error) || clock.now() + waitMs >= end) throw error;
      await sleep(clock, waitMs);
    }
  }
}
