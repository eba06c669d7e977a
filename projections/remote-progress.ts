import { type Checkpoint, type KnownLog, LogError, type Runtime } from '@holdfast/log';
import type { Database } from './database.js';
import { projectionLimits } from './limits.js';
import { ProjectionError } from './port.js';
import type { ProjectionProgress } from './postgres-read-model.js';
import type { ProjectionGroupName } from './projection-group.js';
import { knownOf } from './store.js';
import { Watermark } from './watermark.js';

export interface RemoteProgressOptions {
  database: Database;
  shard: string;
  projectionGroup: ProjectionGroupName;
  runtime: Pick<Runtime, 'after'>;
  /** Holds what the rows were made from against the log, before the first of them is read. Throws LogError `lost`. */
  requireHeld: (known: KnownLog) => Promise<void>;
}

/**
 * How far the projector of another process has come. It asks the database for the stored position, again and again, but
 * only while somebody waits. That projector must write every advance: see ProjectorOptions.heldPositionsMax.
 */
export class RemoteProgress implements ProjectionProgress {
  readonly shard: string;
  #projectionGroup: ProjectionGroupName;
  #database: Database;
  #runtime: Pick<Runtime, 'after'>;
  #watermark: Watermark;
  #waiting = 0;
  #asking = false;
  #unavailable: Error | null = null;
  #requireHeld: RemoteProgressOptions['requireHeld'];
  #held = false;

  constructor({ database, shard, projectionGroup, runtime, requireHeld }: RemoteProgressOptions) {
    this.shard = shard;
    this.#projectionGroup = projectionGroup;
    this.#database = database;
    this.#runtime = runtime;
    this.#requireHeld = requireHeld;
    this.#watermark = new Watermark(runtime);
  }

  get read(): number {
    return this.#watermark.read;
  }

  get stored(): number {
    return this.#watermark.read;
  }

  async waitFor(position: number, timeoutMs?: number): Promise<void> {
    this.#waiting++;
    void this.#ask();
    try {
      await this.#watermark.waitFor(position, timeoutMs, () => this.#late(position));
    } finally {
      this.#waiting--;
    }
  }

  /** The process that projects finds damage by itself. */
  distrust(): void {}

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    while (this.#waiting > 0) {
      try {
        const read = await this.#look();
        this.#unavailable = null;
        this.#watermark.move(read);
      } catch (error) {
        this.#unavailable = error as Error;
        // The rows are of another log, or of more than is left of it: nobody is to be shown them.
        if (error instanceof LogError && error.code === 'lost') {
          this.#watermark.end(new ProjectionError('stopped', error.message, { cause: error }));
        }
      }
      if (this.#waiting === 0) break;
      const ms = this.#unavailable === null ? projectionLimits.askMs : projectionLimits.retryMsMin;
      await new Promise<void>((resolve) => this.#runtime.after(ms, resolve));
    }
    this.#asking = false;
  }

  async #look(): Promise<number> {
    interface Row {
      log: string;
      read: string;
      checkpoint: string;
    }
    const [row] = await this.#database.query<Row>(
      'SELECT log, read::text, checkpoint::text FROM holdfast.watermark WHERE shard = $1 AND family = $2',
      [this.shard, this.#projectionGroup],
    );
    if (row === undefined) return 0;
    const read = Number(row.read);
    if (!this.#held) {
      const checkpoint = JSON.parse(row.checkpoint) as Checkpoint;
      await this.#requireHeld(knownOf(this.shard, { log: row.log, read, checkpoint }));
      this.#held = true;
    }
    return read;
  }

  #late(position: number): ProjectionError {
    if (this.#unavailable !== null)
      return new ProjectionError('unavailable', 'the read model is away', { cause: this.#unavailable });
    return new ProjectionError('behind', `the read model has read up to ${this.read}, and ${position} was waited for`);
  }
}
