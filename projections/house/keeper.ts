import type { Logger } from '@holdfast/log';
import { DatabaseError, type Queryable } from '../database.js';
import { changedBy } from './changes.js';
import { type HouseLimits, type HouseTask, nextPiece, type TableCount } from './plan.js';
import { countTables, readGrown } from './tables.js';

/** A database as its keeper sees it. */
export interface KeptDatabase extends Queryable {
  /**
   * Nobody else looks after it, as with the embedded one. A server makes its checkpoints, and its autovacuum comes in
   * the end.
   */
  readonly alone: boolean;
  /** Nobody waits for it. */
  readonly idle: boolean;
  /** Bytes free where it writes. */
  free(): Promise<number>;
}

/** What was done, in milliseconds since 1970; null: not yet by this process. */
export interface House {
  /** Written ahead since the last checkpoint, when it was last looked at. */
  walBytes: number;
  checkpointAt: number | null;
  analyzedAt: number | null;
  vacuumedAt: number | null;
}

/** What others see of it. */
export interface Housekeeping {
  readonly done: House;
  /** Counts anew: tables were put into the place of others. */
  recount(): Promise<void>;
}

/**
 * Does for the embedded Postgres what a server's checkpointer and autovacuum do: it runs alone, without either,
 * whatever its settings say. Piece by piece, each when nothing else is asked, or, where that would be never, in
 * between. Nobody waits for it, and where it fails, as on a full disk, it is tried again later: rows are written and
 * read all the same. On a server it analyzes what was written until autovacuum has come, which may be minutes.
 */
export class HouseKeeper implements Housekeeping {
  readonly done: House = { walBytes: 0, checkpointAt: null, analyzedAt: null, vacuumedAt: null };
  #at: KeptDatabase | null = null;
  #tables = new Map<string, TableCount>();
  /** As the engine told last: see `readGrown`. */
  #grown = new Map<string, number>();
  /** Where the last checkpoint begins. */
  #redo = '0/0';
  #sinceLook = 0;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #failures = 0;
  #restsUntil = 0;

  /** `onAged` hears that the engine will soon take no more transactions. */
  constructor(
    private readonly limits: HouseLimits,
    private readonly logger: Logger,
    private readonly onAged: () => void,
  ) {}

  /** Keeps this one from now on, as it is found. */
  async begin(at: KeptDatabase): Promise<void> {
    this.#at = at;
    await this.recount();
    if (at.alone) {
      await this.#noteCheckpoint(at);
      await this.#look(at);
    }
    this.#arm();
  }

  async recount(): Promise<void> {
    if (this.#at === null) return;
    const { tables, grown } = await countTables(this.#at, performance.now());
    this.#tables = tables;
    this.#grown = grown;
  }

  /** So many rows were changed by this statement. */
  note(sql: string, rows: number): void {
    if (rows === 0) return;
    this.#sinceLook += rows;
    for (const table of changedBy(sql)) {
      const before = this.#tables.get(table) ?? nothing;
      // Nobody waits for what a server analyzes: there each row counts as a new one.
      const grown = before.grown + (this.#at?.alone === false ? rows : 0);
      const [uncounted, changed, unswept] = [before.uncounted + rows, before.changed + rows, before.unswept + rows];
      this.#tables.set(table, { ...before, grown, uncounted, changed, unswept });
    }
    this.#arm();
  }

  /** Nothing more is done. Resolves once nothing is under way. */
  async end(): Promise<void> {
    this.#at = null;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#running;
  }

  /** One timer at a time; it keeps no process alive. */
  #arm(): void {
    if (this.#at === null || this.#timer !== null || this.#running !== null || !this.#isDue()) return;
    const waitMs = Math.max(this.limits.idleMs, this.#restsUntil - performance.now());
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#running = this.#round().finally(() => {
        this.#running = null;
        this.#arm();
      });
    }, waitMs);
    this.#timer.unref();
  }

  #isDue(): boolean {
    return this.#looks || this.#next(true) !== null;
  }

  get #looks(): boolean {
    return this.#at?.alone === true && this.#sinceLook >= this.limits.lookRows;
  }

  #next(idle: boolean): HouseTask | null {
    const vacuums = this.#at?.alone === true;
    const { walBytes } = this.done;
    return nextPiece({ walBytes, tables: this.#tables, vacuums, now: performance.now() }, this.limits, idle);
  }

  async #round(): Promise<void> {
    const at = this.#at;
    if (at === null) return;
    try {
      if (this.#looks) await this.#look(at);
      const piece = this.#next(at.idle);
      if (piece === null || at !== this.#at) return;
      if (piece.what !== 'checkpoint' && (await at.free()) < this.limits.freeBytesMin) return this.#rest();
      await this.#do(at, piece);
      this.#failures = 0;
    } catch (error) {
      // It ended, or is being ended: whoever opens it again goes on.
      if (at === this.#at) this.#failed(error);
    }
  }

  async #look(at: KeptDatabase): Promise<void> {
    this.#sinceLook = 0;
    const [row] = await at.query<{ bytes: number }>(
      'SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1::text::pg_lsn)::float8 AS bytes',
      [this.#redo],
    );
    this.done.walBytes = row?.bytes ?? 0;
  }

  async #count(at: KeptDatabase, table: string): Promise<void> {
    const { uncounted } = this.#tables.get(table) ?? nothing;
    const told = await readGrown(at, table);
    const now = this.#tables.get(table) ?? nothing;
    const grown = now.grown + told - (this.#grown.get(table) ?? 0);
    this.#tables.set(table, { ...now, grown, uncounted: now.uncounted - uncounted });
    this.#grown.set(table, told);
  }

  async #do(at: KeptDatabase, piece: HouseTask): Promise<void> {
    if (piece.what === 'checkpoint') {
      await at.exec('CHECKPOINT');
      await this.#noteCheckpoint(at);
      return this.#look(at);
    }
    const { what, table } = piece;
    if (what === 'count') return this.#count(at, table);
    // What came by now is seen by it.
    if (what === 'analyze' && at.alone) await this.#count(at, table);
    const before = this.#tables.get(table) ?? nothing;
    if (!at.alone && (await autovacuumCame(at, table))) {
      this.#tables.set(table, { ...before, rows: Number.POSITIVE_INFINITY });
      return;
    }
    try {
      // What is frozen is never looked at again, as with pages of history.
      await at.exec(what === 'analyze' ? `ANALYZE ${table}` : `VACUUM (FREEZE) ${table}`);
    } catch (error) {
      if (!isGone(error)) throw error;
      this.#tables.delete(table);
      return;
    }
    await this.#noteDone(at, { what, table }, before);
  }

  /** What came in meanwhile is for the next time. */
  async #noteDone(
    at: KeptDatabase,
    { what, table }: { what: string; table: string },
    before: TableCount,
  ): Promise<void> {
    const sql = 'SELECT reltuples::float8 AS rows FROM pg_class WHERE oid = to_regclass($1::text)';
    const [row] = await at.query<{ rows: number }>(sql, [table]);
    const now = this.#tables.get(table) ?? before;
    if (what === 'analyze') {
      const [grown, changed] = [now.grown - before.grown, now.changed - before.changed];
      const rows = Math.max(0, row?.rows ?? 0);
      this.#tables.set(table, { ...now, rows, grown, changed, analyzedAt: performance.now() });
      this.done.analyzedAt = Date.now();
    } else {
      this.#tables.set(table, { ...now, unswept: now.unswept - before.unswept });
      this.done.vacuumedAt = Date.now();
    }
  }

  async #noteCheckpoint(at: KeptDatabase): Promise<void> {
    const [row] = await at.query<{ redo: string; at: number; age: number }>(
      `SELECT redo_lsn::text AS redo, (extract(epoch FROM checkpoint_time) * 1000)::float8 AS at,
        (SELECT max(age(datfrozenxid))::float8 FROM pg_database) AS age FROM pg_control_checkpoint()`,
    );
    if (row === undefined) return;
    this.#redo = row.redo;
    this.done.checkpointAt = row.at;
    if (row.age > this.limits.transactionsMax) this.onAged();
  }

  #failed(error: unknown): void {
    this.logger.warn({ reason: String(error) }, 'the read model could not be kept in order: trying again later');
    this.#rest();
  }

  #rest(): void {
    const { retryMsMin, retryMsMax } = this.limits;
    this.#restsUntil = performance.now() + Math.min(retryMsMin * 2 ** this.#failures++, retryMsMax);
  }
}

const nothing: TableCount = { rows: 0, grown: 0, uncounted: 0, changed: 0, analyzedAt: 0, unswept: 0 };

/** It goes on coming, so nobody else need. */
async function autovacuumCame(at: KeptDatabase, table: string): Promise<boolean> {
  const sql = 'SELECT last_autoanalyze IS NOT NULL AS came FROM pg_stat_all_tables WHERE relid = to_regclass($1::text)';
  const [row] = await at.query<{ came: boolean }>(sql, [table]);
  return row?.came === true;
}

/** Such as one that a rebuild filled, and that has another name now. */
function isGone(error: unknown): boolean {
  const code = error instanceof DatabaseError ? (error.cause as { code?: string } | undefined)?.code : undefined;
  return code === '42P01' || code === '3F000';
}
