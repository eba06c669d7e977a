import { beginning, type EventDecoder, type Runtime, type ShardLog } from '@holdfast/log';
import type { Database, Queryable } from './database.js';
import type { Family, FamilyName } from './family.js';
import { logIdentity } from './log-identity.js';
import { loadPositions, schema } from './postgres-store.js';
import { type Batch, ReadAhead } from './read-ahead.js';
import { createIndexes, createTables, dropTables, replaceTables } from './rebuild-tables.js';
import type { Positions } from './store.js';

/*
 * Makes the rows of a family again from the log, beside those that are read.
 *
 * It fills tables of the same names in a schema of its own, from the log's start to its head, while the projector goes on with
 * the old ones. Then, in one transaction: it keeps projectors from moving the watermark, reads what they had read since, puts
 * its tables into the place of the old ones, and its positions into the watermark. A reader sees the old tables or the new
 * ones, and never goes back. A projector finds other positions than it left, as if another had been faster, and goes on from
 * those. So it does not matter in which process it runs, and a failure at any point leaves the old tables as they are; what it
 * leaves of its own is dropped by the next one, and when a projector starts.
 */

export interface RebuildProgress {
  family: FamilyName;
  /** Events read. */
  read: number;
  /** Events to read, as far as is known. */
  of: number;
  /** Events read in a second, on average. */
  perSecond: number;
  leftMs: number;
}

export interface RebuildOptions {
  log: ShardLog;
  codec: EventDecoder;
  database: Database;
  runtime: Pick<Runtime, 'now'>;
  /** Is told how far it has come, some times a second, and at the end. */
  onProgress?: (progress: RebuildProgress) => void;
  /** Ends it with RebuildError `aborted`; the old tables stay. */
  signal?: AbortSignal;
  turn?: () => Promise<void>;
}

export class RebuildError extends Error {
  constructor(
    readonly code: 'busy' | 'aborted',
    message: string,
  ) {
    super(message);
    this.name = 'RebuildError';
  }
}

const progressMs = 250;

/** Resolves with the positions that the new tables are at. Throws RebuildError, LogError, DatabaseError, UnknownEventError. */
export async function rebuildFamily(family: Family, options: RebuildOptions): Promise<Positions> {
  const done = await options.database.exclusively(lockOf(family), () => new Rebuild(family, options).run());
  if (done === null) throw new RebuildError('busy', `the ${family.name} family is being rebuilt already`);
  return done;
}

/** Drops what a rebuild left that did not come to its end, unless one is under way. */
export async function dropLeftovers(family: Family, database: Database): Promise<void> {
  await database.exclusively(lockOf(family), () => dropTables(database, besides(family)));
}

function lockOf(family: Family): string {
  return `rebuild of ${family.name}`;
}

function besides(family: Family): string {
  return `${schema}_${family.name}_rebuilt`;
}

class Rebuild {
  #family: Family;
  #options: RebuildOptions;
  #besides: string;
  #ahead: ReadAhead;
  #last: Batch | null = null;
  #began: number;
  #told = 0;

  constructor(family: Family, options: RebuildOptions) {
    this.#family = family;
    this.#options = options;
    this.#besides = besides(family);
    this.#began = options.runtime.now();
    const { log, codec, turn } = options;
    const project = family.project;
    this.#ahead = new ReadAhead({
      log,
      codec,
      checkpoint: beginning,
      project,
      ...(turn === undefined ? {} : { turn }),
    });
  }

  async run(): Promise<Positions> {
    const { database, signal } = this.#options;
    const abort = () => this.#ahead.close();
    signal?.addEventListener('abort', abort);
    try {
      this.#checkAborted();
      const log = await this.#identity();
      await dropTables(database, this.#besides);
      await createTables(database, this.#family, schema, this.#besides);
      const indexesLast = this.#family.indexesLast && !database.embedded;
      if (!indexesLast) await this.#index();
      await this.#fill();
      if (indexesLast) await this.#index();
      return await database.transaction((tx) => this.#replace(tx, log));
    } catch (error) {
      await dropTables(database, this.#besides).catch(() => {});
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#ahead.close();
    }
  }

  async #identity(): Promise<string> {
    const { log, signal } = this.#options;
    const first = log.tail('events', await log.start('events'));
    const abort = () => first.close();
    signal?.addEventListener('abort', abort);
    try {
      return await logIdentity(first).catch((error) => {
        this.#checkAborted();
        throw error;
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      first.close();
    }
  }

  #index(): Promise<void> {
    return createIndexes(this.#options.database, this.#family, schema, this.#besides);
  }

  async #fill(): Promise<void> {
    const { database, log } = this.#options;
    const filler = this.#family.filler(database, { schema: this.#besides, shard: log.shard });
    const head = await log.head('events');
    while (this.#read < head) {
      await filler.take((await this.#take()).changes);
      this.#tell(head);
    }
    await filler.finish();
  }

  /** Within the transaction: what was read meanwhile, then the switch. */
  async #replace(tx: Queryable, log: string): Promise<Positions> {
    const { shard, head } = { shard: this.#options.log.shard, head: await this.#options.log.head('events') };
    // Projectors wait here, of other shards too, as their rows have to come along.
    await tx.exec(`LOCK TABLE ${schema}.watermark IN SHARE ROW EXCLUSIVE MODE`);
    const found = await loadPositions(tx, shard, this.#family, { lock: true });
    const write = this.#family.writer({ schema: this.#besides, shard });
    // Positions in another log than this say nothing.
    const shown = found?.log === log ? Math.min(found.read, head) : 0;
    while (this.#read < shown) await (await write(tx, (await this.#take()).changes))(tx);
    const { read, checkpoint } = this.#last!;
    await replaceTables(tx, this.#family, { from: this.#besides, to: schema, shard });
    await tx.query(`DELETE FROM ${schema}.watermark WHERE shard = $1 AND family = $2`, [shard, this.#family.name]);
    await tx.query(
      `INSERT INTO ${schema}.watermark (shard, family, log, version, read, resume, checkpoint)
        VALUES ($1, $2, $3, $4, $5, $6, $7::json)`,
      [shard, this.#family.name, log, this.#family.version, read, checkpoint.resume, JSON.stringify(checkpoint)],
    );
    this.#checkAborted();
    return { log, read, checkpoint };
  }

  get #read(): number {
    return this.#last?.read ?? 0;
  }

  async #take(): Promise<Batch> {
    const batch = await this.#ahead.take();
    if (batch === null) throw new RebuildError('aborted', `the rebuild of the ${this.#family.name} family was ended`);
    this.#last = batch;
    return batch;
  }

  #checkAborted(): void {
    if (this.#options.signal?.aborted) {
      throw new RebuildError('aborted', `the rebuild of the ${this.#family.name} family was ended`);
    }
  }

  #tell(head: number): void {
    const { runtime, onProgress } = this.#options;
    const now = runtime.now();
    if (now - this.#told < progressMs && this.#read < head) return;
    this.#told = now;
    const of = Math.max(head, this.#read);
    const perSecond = (this.#read * 1_000) / Math.max(1, now - this.#began);
    onProgress?.({
      family: this.#family.name,
      read: this.#read,
      of,
      perSecond,
      leftMs: ((of - this.#read) * 1_000) / Math.max(1, perSecond),
    });
  }
}
