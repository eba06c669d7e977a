import type { Checkpoint } from '@holdfast/log';
import { beginning } from '@holdfast/log';
import type { Change } from './change.js';
import { collapse } from './collapse.js';
import { type Database, DatabaseError } from './database.js';
import { projectionVersion } from './project.js';
import { writeCollapsed } from './rows.js';
import { type Positions, type ProjectionStore, StoreError } from './store.js';

export interface PostgresStoreOptions {
  database: Database;
  shard: string;
  /** Default: `projectionVersion`. */
  version?: number;
}

/** Rows and positions of one shard, in a Postgres. Positions and rows change together, in one transaction. */
export class PostgresStore implements ProjectionStore {
  #database: Database;
  #shard: string;
  #version: number;

  constructor({ database, shard, version = projectionVersion }: PostgresStoreOptions) {
    this.#database = database;
    this.#shard = shard;
    this.#version = version;
  }

  async load(): Promise<Positions | null> {
    interface Row {
      log: string;
      version: number;
      read: string;
      checkpoint: string;
    }
    const [row] = await this.#database.query<Row>(
      'SELECT log, version, read::text, checkpoint::text FROM holdfast.watermark WHERE shard = $1',
      [this.#shard],
    );
    if (row === undefined || row.version < this.#version) return null;
    if (row.version > this.#version) {
      // Else an old and a new one, side by side during an upgrade, would empty it for each other for ever.
      throw new DatabaseError('newer', `a newer Holdfast keeps the read model of ${this.#shard}`);
    }
    return { log: row.log, read: Number(row.read), checkpoint: JSON.parse(row.checkpoint) as Checkpoint };
  }

  async apply(changes: Change[], found: Positions, next: Positions): Promise<void> {
    const collapsed = collapse(changes);
    await this.#database.transaction(async (tx) => {
      // First, as it locks the row: another projector waits here, and then finds other positions.
      const moved = await tx.query(
        `UPDATE holdfast.watermark SET log = $2, read = $3, resume = $4, checkpoint = $5::json
          WHERE shard = $1 AND version = $6 AND log = $7 AND read = $8 AND resume = $9 RETURNING shard`,
        [
          this.#shard,
          next.log,
          next.read,
          next.checkpoint.resume,
          JSON.stringify(next.checkpoint),
          this.#version,
          found.log,
          found.read,
          found.checkpoint.resume,
        ],
      );
      if (moved.length === 0) {
        throw new StoreError('superseded', `the positions of ${this.#shard} moved: somebody else projects it`);
      }
      await writeCollapsed(tx, this.#shard, collapsed);
    });
  }

  async reset(why: 'stale' | 'damaged'): Promise<Positions> {
    if (why === 'damaged') await this.#database.renew();
    await this.#database.transaction(async (tx) => {
      for (const table of ['watermark', 'component', 'collection', 'collection_member', 'request']) {
        await tx.query(`DELETE FROM holdfast.${table} WHERE shard = $1`, [this.#shard]);
      }
      // Two may reset at once: the second finds the row, and both begin from there.
      await tx.query(
        `INSERT INTO holdfast.watermark (shard, log, version, read, resume, checkpoint)
          VALUES ($1, '', $2, 0, 0, $3::json) ON CONFLICT (shard) DO NOTHING`,
        [this.#shard, this.#version, JSON.stringify(beginning)],
      );
    });
    return { log: '', read: 0, checkpoint: beginning };
  }
}
