import { setTimeout as sleep } from 'node:timers/promises';
import { type KnownLog, LogError, type Logger, makeDirectories } from '@holdfast/log';
import { setDirectoryAside } from './aside.js';
import { asking, type Database, DatabaseError, databaseError, type Queryable } from './database.js';
import { knownToRows, type MayDrop, nobodyKnows, timeInName } from './held-history.js';
import { HouseKeeper, type KeptDatabase } from './house/keeper.js';
import type { HouseLimits } from './house/plan.js';
import { projectionLimits } from './limits.js';
import { migrate } from './migrate.js';
import {
  emptyDirectory,
  forgetBoot,
  freeBytes,
  holdsDatabase,
  isShort,
  noteBoot,
  outlivedBoot,
} from './pglite-directory.js';
import { type Engine, PgliteThread } from './pglite-thread.js';

/**
 * The embedded Postgres, in a directory or in memory. It never syncs its files, so they may hold only what can be made
 * again: one that is damaged is made anew. So is one that outlived the operating system it was written under, as a
 * power cut may have kept some of its pages and lost others without a trace; a killed process loses nothing. Before the
 * directory is deleted `mayDrop` is asked; where nobody knows it is renamed. Throws LogError where `mayDrop` does.
 *
 * It has no lock on its directory; the log's protects it.
 */
export async function openPglite(
  directory: 'memory' | (string & {}),
  logger: Logger,
  mayDrop: MayDrop = nobodyKnows,
  limits: HouseLimits = projectionLimits.house,
): Promise<Database> {
  const database = new PgliteDatabase(directory === 'memory' ? null : directory, logger, mayDrop, limits);
  await database.open();
  return database;
}

/** Loads the engine of the next `openPglite` ahead, while other things are done. */
export function preparePglite(): void {
  PgliteThread.prepare();
}

class PgliteDatabase implements Database {
  readonly embedded = true;
  readonly house: HouseKeeper;
  #exclusive = new Set<string>();
  #pglite: PgliteThread | null = null;
  #reopening: Promise<void> | null = null;
  #closed = false;
  /** There was no space to open it. */
  #full: DatabaseError | null = null;
  #trying: Promise<void> | null = null;
  /** It will soon take no more transactions. */
  #aged = false;

  constructor(
    private readonly directory: string | null,
    private readonly logger: Logger,
    private readonly mayDrop: MayDrop,
    private readonly limits: HouseLimits,
  ) {
    this.house = new HouseKeeper(limits, logger, () => {
      this.#aged = true;
    });
  }

  async open(): Promise<void> {
    const { directory } = this;
    if (directory !== null && (await outlivedBoot(directory))) {
      this.logger.info({ directory }, 'the system was started since the read model was written: making it anew');
      await this.#discard(directory, await knownIn(directory));
    }
    try {
      await this.#start();
    } catch (error) {
      if (directory === null || error instanceof LogError) throw error;
      if (await isShort(directory)) return this.#waitForSpace(error);
      this.logger.warn({ directory, reason: String(error) }, 'the read model is damaged: making it anew');
      await this.#discard(directory, []);
      await this.#start().catch(async (again: unknown) => {
        if (!(await isShort(directory))) throw again;
        this.#waitForSpace(again);
      });
    }
  }

  /** Where there is no space to open it, it is not damaged: whoever asks is told, and has it tried again. */
  #waitForSpace(error: unknown): void {
    const { directory, logger } = this;
    const known = this.#full !== null;
    this.#full = new DatabaseError('full', `there is no space for the read model in ${directory}: free some`, {
      cause: error,
    });
    if (known) return;
    logger.error(
      { directory, reason: String(error) },
      'there is no space to open the read model: going on without it until there is',
    );
  }

  #tryAgain(): void {
    this.#trying ??= this.open()
      .then(() => {
        if (this.#pglite !== null) this.#full = null;
      })
      .catch((error: unknown) => {
        this.logger.warn({ reason: String(error) }, 'the read model cannot be opened');
      })
      .finally(() => {
        this.#trying = null;
      });
  }

  query<Row>(sql: string, values: readonly (string | number | boolean | null)[] = []): Promise<Row[]> {
    return asking(async () => this.#queryable(this.#opened()).query<Row>(sql, values));
  }

  async exec(sql: string): Promise<void> {
    await asking(async () => this.#queryable(this.#opened()).exec(sql));
  }

  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T> {
    return transact(this.#opened(), (tx) => work(this.#queryable(tx)));
  }

  async exclusively<T>(name: string, work: () => Promise<T>): Promise<T | null> {
    if (this.#exclusive.has(name)) return null;
    this.#exclusive.add(name);
    try {
      return await work();
    } finally {
      this.#exclusive.delete(name);
    }
  }

  async renew(): Promise<void> {
    if (this.#closed) throw closed();
    if (this.directory !== null && (await isShort(this.directory))) {
      throw new DatabaseError('full', `there is no space to make the read model anew in ${this.directory}: free some`);
    }
    const pglite = this.#pglite;
    const known = pglite === null ? [] : await knownToRows((sql) => pglite.query(sql)).catch(() => []);
    if (this.directory === null) await this.mayDrop(known);
    await this.house.end();
    await this.#end();
    this.#aged = false;
    if (this.directory !== null) await this.#discard(this.directory, known);
    await this.#start();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const pglite = this.#pglite;
    let ended = false;
    const ending = this.#endInOrder().finally(() => {
      ended = true;
    });
    const late = sleep(this.limits.closeMsMax, null, { ref: false }).then(() => {
      if (ended) return;
      // Its disk hangs, perhaps. What was written stays, as of a killed process.
      this.#notClosed(`it has taken ${this.limits.closeMsMax / 1_000} s`);
      void pglite?.terminate();
    });
    await Promise.race([ending, late]);
  }

  async #endInOrder(): Promise<void> {
    await this.#trying;
    await this.#reopening;
    await this.house.end();
    const [pglite, directory] = [this.#pglite, this.directory];
    // So that the next start has nothing to read again.
    if (pglite !== null && directory !== null && !(await isShort(directory))) {
      await pglite.exec('CHECKPOINT').catch((error: unknown) => this.#notClosed(error));
    }
    await this.#end();
  }

  #notClosed(error: unknown): void {
    this.logger.warn({ reason: String(error) }, 'closing the read model');
  }

  #opened(): PgliteThread {
    if (this.#full !== null && !this.#closed) {
      this.#tryAgain();
      throw this.#full;
    }
    if (this.#pglite === null) throw closed();
    if (this.#pglite.gone !== null) throw this.#lost(this.#pglite.gone);
    if (this.#aged && !this.#closed) throw aged();
    return this.#pglite;
  }

  /** What it changes is counted. */
  #queryable(engine: Engine): Queryable {
    return {
      query: <Row>(sql: string, values: readonly unknown[] = []) =>
        asking(async () => {
          const { rows, changed } = await engine.query<Row>(sql, [...values]);
          this.house.note(sql, changed);
          return rows;
        }),
      exec: async (sql) => {
        const answers = await asking(() => engine.exec(sql));
        this.house.note(
          sql,
          answers.reduce((sum, { changed }) => sum + changed, 0),
        );
      },
    };
  }

  async #discard(directory: string, known: readonly KnownLog[]): Promise<void> {
    // What never became a database holds nothing that anybody could know.
    if ((await this.mayDrop(known)) || !holdsDatabase(directory)) {
      await emptyDirectory(directory);
    } else {
      const aside = await setDirectoryAside(directory, `damaged-${timeInName()}`);
      this.logger.warn({ directory: aside }, 'the old read model was set aside: delete it once nobody needs it');
    }
    await forgetBoot(directory);
  }

  /**
   * Its thread died, for want of memory perhaps. What it had written is in its directory, as after a killed process,
   * and is opened again; what was in memory is gone, and whoever finds it damaged makes it anew.
   */
  #lost(gone: Error): DatabaseError {
    if (this.directory === null) return new DatabaseError('damaged', gone.message, { cause: gone });
    if (this.#closed) return closed();
    this.#reopening ??= this.#reopen(gone).finally(() => {
      this.#reopening = null;
    });
    return new DatabaseError('unavailable', gone.message, { cause: gone });
  }

  async #reopen(gone: Error): Promise<void> {
    const { directory, logger } = this;
    logger.warn({ directory, reason: gone.message }, 'the embedded database ended by itself: opening it again');
    await this.#start().catch(async (error: unknown) => {
      if (directory !== null && (await isShort(directory))) this.#waitForSpace(error);
      else logger.warn({ directory, reason: String(error) }, 'the embedded database cannot be opened again');
    });
  }

  async #start(): Promise<void> {
    const { directory, logger } = this;
    if (directory !== null) await makeDirectories(directory);
    const pglite = await asking(() => PgliteThread.start(directory));
    try {
      await transact(pglite, (tx) => migrate(rawQuery(tx), logger, this.mayDrop));
      if (directory !== null) await this.#noteBoot(directory);
    } catch (error) {
      await pglite.close().catch(() => {});
      throw error;
    }
    this.#pglite = pglite;
    await this.house.begin(this.#kept(pglite)).catch((error: unknown) => {
      logger.warn({ directory, reason: String(error) }, 'the read model cannot be kept in order');
    });
  }

  #kept(pglite: PgliteThread): KeptDatabase {
    const { directory } = this;
    return {
      ...this.#queryable(pglite),
      alone: true,
      get idle() {
        return pglite.idle;
      },
      free: async () => (directory === null ? Number.POSITIVE_INFINITY : freeBytes(directory)),
    };
  }

  /** Beside the directory, maybe on another disk: where it cannot be written, the next start makes all anew. */
  async #noteBoot(directory: string): Promise<void> {
    await noteBoot(directory).catch((error: unknown) => {
      this.logger.warn({ directory, reason: String(error) }, 'it could not be noted when the read model was opened');
    });
  }

  async #end(): Promise<void> {
    const pglite = this.#pglite;
    this.#pglite = null;
    // One that broke cannot even be closed.
    await pglite?.close().catch((error: unknown) => this.#notClosed(error));
  }
}

/** As with damage all is made anew, once whoever keeps the rows hears of it. */
function aged(): DatabaseError {
  return new DatabaseError('damaged', 'the embedded database has come near the end of its transaction ids');
}

function closed(): DatabaseError {
  return new DatabaseError('unavailable', 'the embedded database is not open');
}

/** The last statement's rows, as a script may have several. */
function rawQuery(tx: Engine) {
  return async (sql: string) => (await asking(() => tx.exec(sql))).at(-1) ?? { rows: [] };
}

/** Errors of `work` pass as they are; those of the engine say what they mean. */
async function transact<T>(pglite: PgliteThread, work: (tx: Engine) => Promise<T>): Promise<T> {
  let ofWork: { error: unknown } | null = null;
  try {
    return await pglite.transaction((tx) =>
      work(tx).catch((error: unknown) => {
        ofWork = { error };
        throw error;
      }),
    );
  } catch (error) {
    throw ofWork === null ? databaseError(error) : (ofWork as { error: unknown }).error;
  }
}

/** What the rows in a directory know, if they can be read. */
async function knownIn(directory: string): Promise<KnownLog[]> {
  let pglite: PgliteThread | null = null;
  try {
    const opened = await PgliteThread.start(directory);
    pglite = opened;
    return await knownToRows((sql) => opened.query(sql));
  } catch {
    return [];
  } finally {
    await pglite?.close().catch(() => {});
  }
}
