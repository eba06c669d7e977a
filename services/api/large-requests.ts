import { ApiError } from './errors.js';
import { apiLimits } from './limits.js';

/**
 * Lets one large request at a time go to the log, so that whoever asks for little waits for one such decision at most,
 * however many are wanted. They go in the order in which they came; where too many wait the next is refused.
 */
export class LargeRequests {
  #waiting: (() => void)[] = [];
  /** Of those that wait, those that hold many names. */
  #named = 0;
  #underWay = false;

  /**
   * Does `work`, which is over once its request of this size is decided. One that names nothing holds next to nothing
   * while it waits, so any number may. Throws ApiError `overloaded`.
   */
  async run<T>(size: number | null, work: () => Promise<T>): Promise<T> {
    if (size !== null && size <= apiLimits.largeFrom) return work();
    if (this.#underWay) await this.#turn(size !== null);
    this.#underWay = true;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      // The place is handed on, so that nobody who comes now takes it.
      if (next === undefined) this.#underWay = false;
      else next();
    }
  }

  /** Throws ApiError. */
  #turn(named: boolean): Promise<void> {
    if (named && this.#named >= apiLimits.largeWaitingMax) {
      throw new ApiError('overloaded', 'Too many large requests wait for one another');
    }
    if (named) this.#named++;
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        if (named) this.#named--;
        resolve();
      });
    });
  }
}
