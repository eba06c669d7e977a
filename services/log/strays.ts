import { logLimits } from './limits.js';
import type { StreamName } from './port.js';
import type { Logger } from './runtime.js';

/** Counts the strays that a reader of one stream comes upon, and names the first of them in the process's log. */
export class StrayCount {
  #count = 0;

  constructor(
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly of: { shard: string; stream: StreamName },
  ) {}

  get count(): number {
    return this.#count;
  }

  note(position: number): void {
    this.#count++;
    if (this.#count > logLimits.straysToldMax) return;
    const more = this.#count < logLimits.straysToldMax ? '' : '; more of them are counted only';
    this.logger.warn(
      { ...this.of, position },
      `a record that no process of this service wrote was passed over: see who may write there${more}`,
    );
  }
}
