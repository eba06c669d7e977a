import type { Steps } from '@holdfast/events/steps';
import { beginning, type Checkpoint, type Group } from '@holdfast/log';
import type { RowChange } from './change.js';
import { type Database, DatabaseError, type Queryable } from './database.js';
import type { ProjectionGroup, Writer } from './projection-group.js';
import { projectionGroups } from './projection-groups.js';
import { type Positions, type ProjectionStore, StoreError } from './store.js';

export interface PostgresStoreOptions {
  database: Database;
  shard: string;
  /** Default: the status projection group. */
  projectionGroup?: ProjectionGroup;
  /** See ProjectionStore. */
  rebuild?: (signal: AbortSignal) => Promise<Positions>;
  /** Is told that the whole database was made anew, the other projection groups' rows too. */
  onRenewed?: () => void;
}

/** The schema that is read. */
export const schema = 'holdfast';

/**
 * Rows and positions of one projection group of one shard, in a Postgres. Positions and rows change together, in one
 * transaction.
 */
export class PostgresStore implements ProjectionStore {
  readonly rebuild?: (signal: AbortSignal) => Promise<Positions>;
  #database: Database;
  #shard: string;
  #projectionGroup: ProjectionGroup;
  #writer: Writer;
  #onRenewed: (() => void) | undefined;

  constructor({
    database,
    shard,
    projectionGroup = projectionGroups.status,
    rebuild,
    onRenewed,
  }: PostgresStoreOptions) {
    this.#database = database;
    this.#shard = shard;
    this.#projectionGroup = projectionGroup;
    this.#writer = projectionGroup.writer({ schema, shard });
    if (rebuild !== undefined) this.rebuild = rebuild;
    this.#onRenewed = onRenewed;
  }

  project(group: Group): Steps<RowChange[]> {
    return this.#projectionGroup.project(group);
  }

  async load(): Promise<Positions | null> {
    return loadPositions(this.#database, this.#shard, this.#projectionGroup);
  }

  async outdated(): Promise<Positions | null> {
    return storedPositions(this.#database, this.#shard, this.#projectionGroup);
  }

  async apply(changes: RowChange[], found: Positions, next: Positions): Promise<void> {
    const write = await this.#writer(this.#database, changes);
    await this.#database.transaction(async (tx) => {
      // First, as it locks the row: another projector waits here, and then finds other positions.
      await movePositions(tx, this.#shard, this.#projectionGroup, found, next);
      await write(tx);
    });
  }

  async reset(why: 'stale' | 'damaged'): Promise<Positions> {
    if (why === 'damaged') {
      await this.#database.renew();
      this.#onRenewed?.();
    }
    const { name, version, tables } = this.#projectionGroup;
    await this.#database.transaction(async (tx) => {
      await tx.query(`DELETE FROM ${schema}.watermark WHERE shard = $1 AND family = $2`, [this.#shard, name]);
      for (const table of tables) await tx.query(`DELETE FROM ${schema}.${table} WHERE shard = $1`, [this.#shard]);
      // Two may reset at once: the second finds the row, and both begin from there.
      await tx.query(
        `INSERT INTO ${schema}.watermark (shard, family, log, version, read, resume, checkpoint)
          VALUES ($1, $2, '', $3, 0, 0, $4::json) ON CONFLICT (shard, family) DO NOTHING`,
        [this.#shard, name, version, JSON.stringify(beginning)],
      );
    });
    return { log: '', read: 0, checkpoint: beginning };
  }
}

/**
 * What is stored, or null where there is nothing to build upon. `lock`: nobody moves it before the transaction ends.
 * Throws DatabaseError `newer`.
 */
export async function loadPositions(
  at: Queryable,
  shard: string,
  projectionGroup: ProjectionGroup,
  { lock }: { lock: boolean } = { lock: false },
): Promise<Positions | null> {
  const row = await rowOf(at, shard, projectionGroup, { lock });
  if (row === null || row.version < projectionGroup.version) return null;
  if (row.version > projectionGroup.version) {
    // Else an old and a new one, side by side during an upgrade, would empty it for each other for ever.
    throw new DatabaseError('newer', `a newer Holdfast keeps the read model of ${shard}`);
  }
  return row.positions;
}

/** The same of rows in any form. */
export async function storedPositions(
  at: Queryable,
  shard: string,
  projectionGroup: ProjectionGroup,
): Promise<Positions | null> {
  return (await rowOf(at, shard, projectionGroup, { lock: false }))?.positions ?? null;
}

async function rowOf(
  at: Queryable,
  shard: string,
  { name }: ProjectionGroup,
  { lock }: { lock: boolean },
): Promise<{ version: number; positions: Positions } | null> {
  interface Row {
    log: string;
    version: number;
    read: string;
    checkpoint: string;
  }
  const [row] = await at.query<Row>(
    `SELECT log, version, read::text, checkpoint::text FROM ${schema}.watermark
      WHERE shard = $1 AND family = $2 ${lock ? 'FOR UPDATE' : ''}`,
    [shard, name],
  );
  if (row === undefined) return null;
  const checkpoint = JSON.parse(row.checkpoint) as Checkpoint;
  return { version: row.version, positions: { log: row.log, read: Number(row.read), checkpoint } };
}

/** Throws StoreError `superseded` when other positions than `found` are stored. */
async function movePositions(
  tx: Queryable,
  shard: string,
  { name, version }: ProjectionGroup,
  found: Positions,
  next: Positions,
): Promise<void> {
  const moved = await tx.query(
    `UPDATE ${schema}.watermark SET log = $3, read = $4, resume = $5, checkpoint = $6::json
      WHERE shard = $1 AND family = $2 AND version = $7 AND log = $8 AND read = $9 AND resume = $10 RETURNING shard`,
    [
      shard,
      name,
      next.log,
      next.read,
      next.checkpoint.resume,
      JSON.stringify(next.checkpoint),
      version,
      found.log,
      found.read,
      found.checkpoint.resume,
    ],
  );
  if (moved.length === 0) {
    throw new StoreError('superseded', `the positions of ${shard} moved: somebody else projects it`);
  }
}
