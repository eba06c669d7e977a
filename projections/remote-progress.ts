import type { Runtime } from '@holdfast/log';
import type { Database } from './database.js';
import type { FamilyName } from './family.js';
import { projectionLimits } from './limits.js';
import { ProjectionError } from './port.js';
import type { Progress } from './postgres-read-model.js';
import { Watermark } from './watermark.js';

export interface RemoteProgressOptions {
  database: Database;
  shard: string;
  family: FamilyName;
  runtime: Pick<Runtime, 'after'>;
}

/**
 * How far the projector of another process has come. It asks the database for the stored position, again and again, but
 * only while somebody waits. That projector must write every advance: see ProjectorOptions.heldPositionsMax.
 */
export class RemoteProgress implements Progress {
  readonly shard: string;
  #family: FamilyName;
  #database: Database;
  #runtime: Pick<Runtime, 'after'>;
  #watermark: Watermark;
  #waiting = 0;
  #asking = false;
  #away: Error | null = null;

  constructor({ database, shard, family, runtime }: RemoteProgressOptions) {
    this.shard = shard;
    this.#family = family;
    this.#database = database;
    this.#runtime = runtime;
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
        const [row] = await this.#database.query<{ read: string }>(
          'SELECT read::text FROM holdfast.watermark WHERE shard = $1 AND family = $2',
          [this.shard, this.#family],
        );
        this.#away = null;
        this.#watermark.move(Number(row?.read ?? 0));
      } catch (error) {
        this.#away = error as Error;
      }
      if (this.#waiting === 0) break;
      const ms = this.#away === null ? projectionLimits.askMs : projectionLimits.retryMsMin;
      await new Promise<void>((resolve) => this.#runtime.after(ms, resolve));
    }
    this.#asking = false;
  }

  #late(position: number): ProjectionError {
    if (this.#away !== null) return new ProjectionError('unavailable', 'the read model is away', { cause: this.#away });
    return new ProjectionError('behind', `the read model has read up to ${this.read}, and ${position} was waited for`);
  }
}
