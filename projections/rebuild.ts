import {
  beginning,
  type EventDecoder,
  identityFrom,
  type Runtime,
  requireHeld,
  type ShardLog,
  unlessLost,
} from '@holdfast/log';
import type { Database, Queryable } from './database.js';
import { projectionLimits } from './limits.js';
import { loadPositions, schema, storedPositions } from './postgres-store.js';
import type { ProjectionGroup, ProjectionGroupName } from './projection-group.js';
import { projectIn } from './projection-groups.js';
import { type Batch, ReadAhead } from './read-ahead.js';
import { analyzeTables, createIndexes, createTables, dropTables, replaceTables } from './rebuild-tables.js';
import { knownOf, type Positions } from './store.js';

/*
 * Makes the rows of projection groups again from the log, which is read once for all of them, beside those rows that
 * are read.
 *
 * It loads tables in bulk of the same names in a schema of its own for each projection group, from the log's start to
 * its head, while the projectors go on with the old ones. Then, in one transaction: it keeps projectors from moving
 * their watermarks, reads what they had read since, puts its tables into the place of the old ones, and its positions
 * into the watermarks. A reader sees the old tables or the new ones, and never goes back. A projector finds other
 * positions than it left, as if another had been faster, and goes on from those. So it does not matter in which process
 * it runs, and a failure at any point leaves the old tables as they are; what it leaves of its own is dropped by the
 * next one, and when a projector starts.
 */

export interface RebuildProgress {
  projectionGroups: readonly ProjectionGroupName[];
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

/**
 * Resolves with the positions that the new tables are at. Throws RebuildError, LogError (`lost` where the log does not
 * hold what the rows were made from), DatabaseError, UnknownEventError.
 */
export async function rebuildProjectionGroups(
  chosen: readonly ProjectionGroup[],
  options: RebuildOptions,
): Promise<Positions> {
  const [first, ...rest] = chosen;
  // Each has a lock of its own, always taken in the order in which the projection groups are listed.
  const held = (left: readonly ProjectionGroup[]): Promise<Positions> => {
    const [next, ...others] = left;
    if (next === undefined) return new Rebuild(chosen, options).run();
    return locked(next, options.database, () => held(others));
  };
  if (first === undefined) throw new Error('no projection group is to be rebuilt');
  return locked(first, options.database, () => held(rest));
}

async function locked(
  projectionGroup: ProjectionGroup,
  database: Database,
  work: () => Promise<Positions>,
): Promise<Positions> {
  const done = await database.exclusively(lockOf(projectionGroup), work);
  if (done === null)
    throw new RebuildError('busy', `the projection group ${projectionGroup.name} is being rebuilt already`);
  return done;
}

/** Drops what a rebuild left that did not come to its end, unless one is under way. */
export async function dropLeftovers(projectionGroup: ProjectionGroup, database: Database): Promise<void> {
  await database.exclusively(lockOf(projectionGroup), () => dropTables(database, besides(projectionGroup)));
}

function lockOf(projectionGroup: ProjectionGroup): string {
  return `rebuild of ${projectionGroup.name}`;
}

function besides(projectionGroup: ProjectionGroup): string {
  return `${schema}_${projectionGroup.name}_rebuilt`;
}

class Rebuild {
  #projectionGroups: readonly ProjectionGroup[];
  #options: RebuildOptions;
  #ahead: ReadAhead;
  #last: Batch | null = null;
  #began: number;
  #told = 0;

  constructor(chosen: readonly ProjectionGroup[], options: RebuildOptions) {
    this.#projectionGroups = chosen;
    this.#options = options;
    this.#began = options.runtime.now();
    const { log, codec, turn } = options;
    this.#ahead = new ReadAhead({
      log,
      codec,
      checkpoint: beginning,
      project: (group) => projectIn(chosen, group),
      rowsMax: projectionLimits.rebuildAheadRowsMax,
      ...(turn === undefined ? {} : { turn }),
    });
  }

  async run(): Promise<Positions> {
    const { database, signal } = this.#options;
    const abort = () => this.#ahead.close();
    signal?.addEventListener('abort', abort);
    try {
      this.#checkAborted();
      for (const projectionGroup of this.#projectionGroups)
        await this.#requireHeld(await storedPositions(database, this.#shard, projectionGroup));
      const log = await this.#identity();
      await this.#drop();
      for (const projectionGroup of this.#projectionGroups) {
        await createTables(database, projectionGroup, schema, besides(projectionGroup));
        if (!indexedLast(projectionGroup, database)) await this.#index(projectionGroup);
      }
      await this.#bulkLoad();
      for (const projectionGroup of this.#projectionGroups) {
        if (indexedLast(projectionGroup, database)) await this.#index(projectionGroup);
        await analyzeTables(database, projectionGroup, besides(projectionGroup));
      }
      const replaced = await database.transaction((tx) => this.#replace(tx, log));
      await database.house?.recount();
      return replaced;
    } catch (error) {
      await this.#drop().catch(() => {});
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      this.#ahead.close();
    }
  }

  async #drop(): Promise<void> {
    for (const projectionGroup of this.#projectionGroups)
      await dropTables(this.#options.database, besides(projectionGroup));
  }

  async #identity(): Promise<string> {
    const { log, signal } = this.#options;
    const first = log.tail('events', await log.start('events'));
    const abort = () => first.close();
    signal?.addEventListener('abort', abort);
    try {
      return await identityFrom(first).catch((error) => {
        this.#checkAborted();
        throw error;
      });
    } finally {
      signal?.removeEventListener('abort', abort);
      first.close();
    }
  }

  #index(projectionGroup: ProjectionGroup): Promise<void> {
    return createIndexes(this.#options.database, projectionGroup, schema, besides(projectionGroup));
  }

  async #bulkLoad(): Promise<void> {
    const { database, log } = this.#options;
    const bulkLoads = this.#projectionGroups.map((projectionGroup) =>
      projectionGroup.bulkLoad(database, { schema: besides(projectionGroup), shard: log.shard }),
    );
    const head = await log.head('events');
    try {
      while (this.#read < head) {
        const { changes } = await this.#take(head);
        for (const bulkLoad of bulkLoads) await bulkLoad.take(changes);
        this.#tell(head);
      }
      for (const bulkLoad of bulkLoads) await bulkLoad.finish();
    } finally {
      // Nothing may come upon tables that are dropped by then.
      for (const bulkLoad of bulkLoads) await bulkLoad.settled();
    }
  }

  /** Within the transaction: what was read meanwhile, then the switch. */
  async #replace(tx: Queryable, log: string): Promise<Positions> {
    const shard = this.#shard;
    // Projectors wait here, of other shards too, as their rows have to come along.
    await tx.exec(`LOCK TABLE ${schema}.watermark IN SHARE ROW EXCLUSIVE MODE`);
    await this.#catchUp(tx);
    const { read, checkpoint } = this.#last!;
    for (const projectionGroup of this.#projectionGroups) {
      await replaceTables(tx, projectionGroup, { from: besides(projectionGroup), to: schema, shard });
      await tx.query(`DELETE FROM ${schema}.watermark WHERE shard = $1 AND family = $2`, [shard, projectionGroup.name]);
      await tx.query(
        `INSERT INTO ${schema}.watermark (shard, family, log, version, read, resume, checkpoint)
          VALUES ($1, $2, $3, $4, $5, $6, $7::json)`,
        [
          shard,
          projectionGroup.name,
          log,
          projectionGroup.version,
          read,
          checkpoint.resume,
          JSON.stringify(checkpoint),
        ],
      );
    }
    this.#checkAborted();
    return { log, read, checkpoint };
  }

  /** Reads what projectors have shown by now, so that no reader goes back. */
  async #catchUp(tx: Queryable): Promise<void> {
    const shard = this.#shard;
    let shown = 0;
    for (const projectionGroup of this.#projectionGroups) {
      const found = await loadPositions(tx, shard, projectionGroup, { lock: true });
      await this.#requireHeld(found);
      shown = Math.max(shown, found?.read ?? 0);
    }
    const writers = this.#projectionGroups.map((projectionGroup) =>
      projectionGroup.writer({ schema: besides(projectionGroup), shard }),
    );
    while (this.#read < shown) {
      const { changes } = await this.#take(shown);
      for (const write of writers) await (await write(tx, changes))(tx);
    }
  }

  /** Rows that the log does not hold may be all that is left of its history. SPEC rule 6. */
  async #requireHeld(stored: Positions | null): Promise<void> {
    const { log, codec } = this.#options;
    if (stored !== null) await requireHeld(log, codec, knownOf(log.shard, stored));
  }

  get #shard(): string {
    return this.#options.log.shard;
  }

  get #read(): number {
    return this.#last?.read ?? 0;
  }

  get #names(): ProjectionGroupName[] {
    return this.#projectionGroups.map(({ name }) => name);
  }

  /** The next batch on the way to a position that the log held. */
  async #take(to: number): Promise<Batch> {
    const batch = await unlessLost(this.#options.log, { stream: 'events', to }, this.#ahead.take());
    if (batch === null) throw this.#aborted();
    this.#last = batch;
    return batch;
  }

  #checkAborted(): void {
    if (this.#options.signal?.aborted) throw this.#aborted();
  }

  #aborted(): RebuildError {
    return new RebuildError('aborted', `the rebuild of ${this.#names.join(' and ')} was ended`);
  }

  #tell(head: number): void {
    const { runtime, onProgress } = this.#options;
    const now = runtime.now();
    if (now - this.#told < progressMs && this.#read < head) return;
    this.#told = now;
    const of = Math.max(head, this.#read);
    const perSecond = (this.#read * 1_000) / Math.max(1, now - this.#began);
    const leftMs = ((of - this.#read) * 1_000) / Math.max(1, perSecond);
    onProgress?.({ projectionGroups: this.#names, read: this.#read, of, perSecond, leftMs });
  }
}

/** The embedded database makes an index no faster at the end, and serves nobody meanwhile. */
function indexedLast(projectionGroup: ProjectionGroup, { embedded }: Database): boolean {
  return projectionGroup.indexesLast && !embedded;
}
