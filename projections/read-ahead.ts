import { itemsPerStep, type Steps } from '@holdfast/events/steps';
import {
  adoptSchemas,
  type Checkpoint,
  type EventDecoder,
  type Group,
  GroupReader,
  giveWay,
  LogError,
  type LogRecord,
  logLimits,
  type ShardLog,
  type Tail,
  takeRecord,
} from '@holdfast/log';
import { type RowChange, rowsOf } from './change.js';
import { projectionLimits } from './limits.js';
import { UnknownEventError } from './unknown-event.js';

/** What was read since the batch before. Only whole groups: an incomplete one is read, but changes nothing yet. */
export interface Batch extends ReadPlace {
  changes: RowChange[];
  /** Complete groups in it. */
  groups: number;
}

/** See Positions. */
interface ReadPlace {
  read: number;
  checkpoint: Checkpoint;
}

export interface ReadAheadOptions {
  log: ShardLog;
  codec: EventDecoder;
  checkpoint: Checkpoint;
  project: (group: Group) => Steps<RowChange[]>;
  /** Rows read ahead at most, but for the group that brings more. Default: `projectionLimits.aheadRowsMax`. */
  rowsMax?: number;
  /** Lets the event loop turn. Default: giveWay. */
  turn?: () => Promise<void>;
}

/**
 * Reads the log while the batch before is being written, so that whatever waits goes into the next transaction
 * together, and stops reading where more waits than `projectionLimits` allows.
 */
export class ReadAhead {
  #options: ReadAheadOptions;
  #reader: GroupReader;
  #tail: Tail;
  #changes: RowChange[] = [];
  #rows = 0;
  #groups = 0;
  #taken: number;
  #ended: { error: Error | null } | null = null;
  #wakeTaker: (() => void) | null = null;
  #wakePump: (() => void) | null = null;
  #eventsThisTurn = 0;
  /** After the last group whose changes are known. */
  #projected: ReadPlace;
  /** Where reading ended, or has come to, as a group's changes are not known, or not yet. */
  #stuck: ReadPlace | null = null;

  /** Throws LogError `out-of-range`. */
  constructor(options: ReadAheadOptions) {
    this.#options = options;
    this.#reader = new GroupReader(options.log.shard, options.checkpoint);
    adoptSchemas(options.codec, this.#reader, 'in its checkpoint');
    this.#taken = this.#reader.position;
    this.#projected = this.#here();
    this.#tail = options.log.tail('events', this.#reader.position);
    void this.#pump().then(
      () => this.#end(null),
      (error: unknown) => this.#end(error as Error),
    );
  }

  /**
   * The next batch, once there is anything to read; null after `close`. What stopped the reading is thrown after what
   * was read before it.
   */
  async take(): Promise<Batch | null> {
    while (this.#here().read === this.#taken) {
      if (this.#ended?.error) throw this.#ended.error;
      if (this.#ended !== null) return null;
      await new Promise<void>((resolve) => {
        this.#wakeTaker = resolve;
      });
    }
    const batch: Batch = { changes: this.#changes, groups: this.#groups, ...this.#here() };
    [this.#changes, this.#rows, this.#groups, this.#taken] = [[], 0, 0, batch.read];
    this.#wakePump?.();
    return batch;
  }

  /** Whether it reads no further before the next `take`. */
  get full(): boolean {
    const { aheadRowsMax, aheadPositionsMax } = projectionLimits;
    return (
      this.#rows >= (this.#options.rowsMax ?? aheadRowsMax) || this.#reader.position - this.#taken >= aheadPositionsMax
    );
  }

  /** Ends `take`, whether or not the log answers. */
  close(): void {
    this.#end(null);
    this.#tail.close();
    this.#wakePump?.();
  }

  #end(error: Error | null): void {
    this.#ended ??= { error };
    this.#wakeTaker?.();
  }

  async #pump(): Promise<void> {
    while (this.#ended === null) {
      const records = await this.#tail.next();
      if (this.#ended !== null) return;
      if (records === null) throw new LogError('closed', 'the log was closed under its reader');
      for (const record of records) {
        const steps = this.#read(record);
        while (!steps.next().done) {
          await this.#turn();
          if (this.#ended !== null) return;
        }
        if (++this.#eventsThisTurn < logLimits.feedEventsPerTurnMax) continue;
        this.#eventsThisTurn = 0;
        await this.#turn();
        if (this.#ended !== null) return;
      }
      this.#wakeTaker?.();
      while (this.full && this.#ended === null) {
        await new Promise<void>((resolve) => {
          this.#wakePump = resolve;
        });
      }
    }
  }

  #turn(): Promise<void> {
    return (this.#options.turn ?? giveWay)();
  }

  *#read(record: LogRecord): Steps<void> {
    // Who takes what was read meanwhile is given no place behind a large group before its changes are there.
    const before = this.#reader.held >= itemsPerStep ? this.#here() : null;
    const { group } = takeRecord(this.#options.codec, this.#reader, record);
    if (group === null) return;
    this.#stuck = before;
    const changes = yield* this.#project(group, record.position);
    this.#stuck = null;
    for (const change of changes) {
      this.#changes.push(change);
      this.#rows += rowsOf(change);
    }
    this.#groups++;
    this.#projected = this.#here();
  }

  #here(): ReadPlace {
    return this.#stuck ?? { read: this.#reader.position, checkpoint: this.#reader.checkpoint() };
  }

  *#project(group: Group, position: number): Steps<RowChange[]> {
    try {
      return yield* this.#options.project(group);
    } catch (error) {
      this.#stuck = this.#projected;
      if (!(error instanceof UnknownEventError)) throw error;
      const where = `the group that ends at position ${position}`;
      throw new LogError('unknown-event', `${error.message} in ${where}: upgrade to the version that wrote it`, {
        cause: error,
      });
    }
  }
}
