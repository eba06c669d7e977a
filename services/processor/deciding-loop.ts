import type { GroupFeed, Logger, NewRecord, ShardLog } from '@holdfast/log';
import type { BackOff } from './back-off.js';
import type { BatchDecider } from './batch-decider.js';
import type { ProcessorHappening } from './happenings.js';
import { processorLimits } from './limits.js';
import { Signal } from './signal.js';
import { isOpen, type Owner, owning, type ProcessorState } from './states.js';

export interface DecidingLoopOptions {
  log: Pick<ShardLog, 'append'>;
  feed: Pick<GroupFeed, 'reader'>;
  logger: Logger;
  recordsPerAppend?: number;
}

/** Whom it decides for. */
interface Processing {
  state(): ProcessorState;
  happen(happening: ProcessorHappening): void;
  batches: BatchDecider;
  backOff: BackOff;
}

/** Decides what is queued while its processor owns the shard, and appends it. */
export class DecidingLoop {
  #signal = new Signal();

  constructor(
    private readonly options: DecidingLoopOptions,
    private readonly processing: Processing,
  ) {}

  /** Something has happened that it may wait for. */
  wake(): void {
    this.#signal.raise();
  }

  /** Ends once the processor closes or is stopped, and what it was at has ended. */
  async run(): Promise<void> {
    const { processing, options } = this;
    while (isOpen(processing.state())) {
      const owner = owning(processing.state());
      if (owner?.queue.pending && !owner.ahead.waits(options.feed.reader.sequence)) await this.#decideAndAppend(owner);
      else await this.#signal.wait();
    }
  }

  /** By itself, as a loop that waits for the next command would keep the records before in memory. */
  async #decideAndAppend({ queue, ahead }: Owner): Promise<void> {
    const { processing, options } = this;
    const over = () => owning(processing.state())?.ahead !== ahead;
    const records = await processing.batches.decide(queue, ahead, over);
    if (records.length === 0) return;
    try {
      await this.#appendInParts(records, over);
      processing.backOff.reset();
    } catch (error) {
      // SPEC rule 9: nobody knows what landed, so nothing decided in this epoch may be built upon.
      options.logger.warn({ error: String(error) }, 'an append did not succeed for sure; claiming a new epoch');
      processing.happen({ name: 'appendFailed', ahead });
    }
  }

  /**
   * A large group lands in parts, and counts once it is complete (SPEC rule 4). Where the epoch is over, the rest would
   * be void.
   */
  async #appendInParts(records: NewRecord[], over: () => boolean): Promise<void> {
    const { log, recordsPerAppend = processorLimits.recordsPerAppendMax } = this.options;
    for (let at = 0; at < records.length && !over(); at += recordsPerAppend) {
      await log.append('events', records.slice(at, at + recordsPerAppend));
    }
  }
}
