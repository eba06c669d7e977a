import type { Command } from '@holdfast/events';
import { ApiError } from './errors.js';
import { apiLimits } from './limits.js';

/** Components, keys or amounts that a command names: what its decision takes its time for. */
export function sizeOf(command: Command): number {
  if ('selection' in command) return command.selection.ids.length;
  if ('keys' in command) return command.keys.length;
  if ('components' in command) return command.components.length;
  if ('members' in command) return command.members.length;
  return 0;
}

/**
 * Lets one large request at a time go to the log, so that whoever asks for little waits for one such decision at most, however
 * many are wanted. They go in the order in which they came; where too many wait the next is refused.
 */
export class LargeRequests {
  #waiting: (() => void)[] = [];
  #underWay = false;

  /** Does `work`, which is over once its request is decided. Throws ApiError `overloaded`. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#waiting.length >= apiLimits.largeWaitingMax) {
      throw new ApiError('overloaded', 'Too many large requests wait for one another');
    }
    if (this.#underWay) await new Promise<void>((resolve) => this.#waiting.push(resolve));
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
}
