import type { Logger, Runtime, ShardLog } from '@holdfast/log';
import { projectionLimits } from '../limits.js';
import { StoreError } from '../store.js';

export interface TroubleOptions {
  log: Pick<ShardLog, 'shard'>;
  runtime: Pick<Runtime, 'random'>;
  logger: Logger;
}

/** What a projector has failed at since it last worked. */
export class Trouble {
  #failures = 0;
  #unavailable: Error | null = null;

  constructor(private readonly options: TroubleOptions) {}

  /** Why the rows cannot be written at the moment, or null. */
  get unavailable(): Error | null {
    return this.#unavailable;
  }

  /** It works: `read` is how far. */
  end(read: number): void {
    const unavailable = this.#unavailable;
    this.#failures = 0;
    this.#unavailable = null;
    const { logger, log } = this.options;
    if (unavailable !== null) logger.info({ shard: log.shard, read }, 'the read model is back');
  }

  /** It failed once more: how long to wait before it is tried again. */
  backOffMs(error: Error): number {
    const { logger, runtime, log } = this.options;
    const { shard } = log;
    const { retryMsMin, retryMsMax, supersededMsMax } = projectionLimits;
    const isSuperseded = error instanceof StoreError;
    const waitMsMax = isSuperseded ? supersededMsMax : retryMsMax;
    const waitMs = Math.min(retryMsMin * 2 ** this.#failures, waitMsMax) * (0.5 + runtime.random() / 2);
    this.#failures++;
    if (isSuperseded) {
      logger.info({ shard }, 'another projector was faster: going on from where it is');
    } else {
      this.#unavailable = error;
      logger.warn({ shard, reason: error.message, waitMs }, 'the read model cannot follow the log: trying again');
    }
    return waitMs;
  }
}
