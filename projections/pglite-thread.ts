import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DatabaseError } from './database.js';
import { projectionLimits } from './limits.js';

/**
 * What of the embedded Postgres is used here. Its errors have the code of the engine's own: SQLSTATE where a statement
 * failed.
 */
export interface Engine {
  query<Row>(sql: string, values?: readonly unknown[]): Promise<StatementResult<Row>>;
  /** What each statement gave. */
  exec(sql: string): Promise<StatementResult<unknown>[]>;
}

export interface StatementResult<Row> {
  rows: Row[];
  /** Rows that it changed. */
  changed: number;
}

type ThreadCall = 'open' | 'query' | 'exec' | 'begin' | 'commit' | 'rollback' | 'close';

interface Reply {
  id: number;
  result?: unknown;
  /** Rows that it changed. */
  changed?: number;
  /** There are more rows. */
  more?: boolean;
  error?: { name: string; message: string; code?: string };
}

interface ThreadResult {
  result: unknown;
  changed: number;
}

/** The engine panicked: it neither answers nor ends. */
interface Panicked {
  panic: string;
}

interface Waiting {
  /** Those that came. */
  rows: unknown[];
  /** Rows that the statement changed. */
  changed: number;
  resolve(result: ThreadResult): void;
  reject(error: Error): void;
}

/** Outside of any transaction. */
const none = 0;

/**
 * What the build made (make-empty-database.mjs), beside what was built or below the sources. Without it the engine
 * makes its own.
 */
const emptyDatabase =
  ['./empty-database.tar', './dist/empty-database.tar']
    .map((each) => fileURLToPath(new URL(each, import.meta.url)))
    .find((each) => existsSync(each)) ?? null;

/**
 * The embedded Postgres in a thread of its own, as it would hold up the whole process for as long as a statement takes.
 * Many rows come in pieces, and the event loop turns between them. It keeps the process alive only while it is asked
 * something.
 */
export class PgliteThread implements Engine {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #transactions = none;
  /** Those that are under way. */
  #open = 0;
  #gone: DatabaseError | null = null;

  /** One that was prepared, and not used yet. */
  static #prepared: PgliteThread | null = null;

  private constructor() {
    const { embeddedHeapMbMax: maxOldGenerationSizeMb, embeddedRowsPerMessage: rowsPerMessage } = projectionLimits;
    const { embeddedNiceness: niceness, house } = projectionLimits;
    this.#worker = new Worker(new URL('./pglite-worker.mjs', import.meta.url), {
      workerData: { rowsPerMessage, emptyDatabase, niceness, settings: settingsOf(house) },
      resourceLimits: { maxOldGenerationSizeMb },
      execArgv: [],
    });
    this.#worker.on('message', (told: Reply | Panicked) => {
      if ('panic' in told) this.#panicked(told);
      else this.#answered(told);
    });
    this.#worker.on('error', (error) => this.#end(error));
    this.#worker.on('exit', () => this.#end());
    this.#worker.unref();
  }

  /**
   * Loads the engine ahead for the next `start`, in its own thread: that takes a second, in which a start can do other
   * things.
   */
  static prepare(): void {
    if (PgliteThread.#prepared?.gone === null) return;
    PgliteThread.#prepared = new PgliteThread();
  }

  /** In a directory, or in memory. Rejects with the engine's own error where it does not start. */
  static async start(directory: string | null): Promise<PgliteThread> {
    const prepared = PgliteThread.#prepared;
    PgliteThread.#prepared = null;
    const thread = prepared?.gone === null ? prepared : new PgliteThread();
    try {
      await thread.#ask('open', none, '', [directory]);
    } catch (error) {
      await thread.terminate();
      throw error;
    }
    return thread;
  }

  /** Why nothing is answered any more, or null. */
  get gone(): DatabaseError | null {
    return this.#gone;
  }

  /** Nothing is asked of it, and no transaction is under way. */
  get idle(): boolean {
    return this.#waiting.size === 0 && this.#open === 0;
  }

  query<Row>(sql: string, values: readonly unknown[] = []): Promise<StatementResult<Row>> {
    return this.#query(none, sql, values);
  }

  exec(sql: string): Promise<StatementResult<unknown>[]> {
    return this.#exec(none, sql);
  }

  /** All that `work` does, or nothing when it throws. One at a time; other statements wait meanwhile. */
  async transaction<T>(work: (tx: Engine) => Promise<T>): Promise<T> {
    this.#open++;
    try {
      return await this.#transact(++this.#transactions, work);
    } finally {
      this.#open--;
    }
  }

  /** Ends the engine, then its thread. Rejects where the engine could not be closed; the thread ends all the same. */
  async close(): Promise<void> {
    try {
      await this.#ask('close', none);
    } catch (error) {
      await this.terminate();
      throw error;
    }
    // Its files are closed. Nobody need wait until its memory is given back, which takes half a second.
    void this.terminate();
  }

  /** Ends the thread at once, as a lack of memory would. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  async #transact<T>(transaction: number, work: (tx: Engine) => Promise<T>): Promise<T> {
    await this.#ask('begin', transaction);
    let result: T;
    try {
      result = await work({
        query: (sql, values = []) => this.#query(transaction, sql, values),
        exec: (sql) => this.#exec(transaction, sql),
      });
    } catch (error) {
      // What it failed for says more than that it could not be rolled back.
      await this.#ask('rollback', transaction).catch(() => {});
      throw error;
    }
    await this.#ask('commit', transaction);
    return result;
  }

  async #query<Row>(transaction: number, sql: string, values: readonly unknown[]): Promise<StatementResult<Row>> {
    const { result, changed } = await this.#ask('query', transaction, sql, values);
    return { rows: result as Row[], changed };
  }

  async #exec(transaction: number, sql: string): Promise<StatementResult<unknown>[]> {
    return (await this.#ask('exec', transaction, sql)).result as StatementResult<unknown>[];
  }

  #ask(ask: ThreadCall, transaction: number, sql = '', values: readonly unknown[] = []): Promise<ThreadResult> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    const id = ++this.#asked;
    const result = this.#wait(id);
    this.#worker.postMessage({ id, ask, transaction, sql, values });
    return result;
  }

  #wait(id: number): Promise<ThreadResult> {
    this.#worker.ref();
    return new Promise((resolve, reject) => this.#waiting.set(id, { rows: [], changed: 0, resolve, reject }));
  }

  #panicked({ panic }: Panicked): void {
    this.#end(new Error(panic));
    void this.terminate();
  }

  #answered({ id, result, changed = 0, more, error }: Reply): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    waiting.changed += changed;
    if (more) {
      for (const row of result as unknown[]) waiting.rows.push(row);
      setImmediate(() => this.#worker.postMessage({ id, ask: 'more' }));
      return;
    }
    const { rows } = waiting;
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (error !== undefined) waiting.reject(asError(error));
    else waiting.resolve({ result: rows.length > 0 ? rows.concat(result) : result, changed: waiting.changed });
  }

  #end(cause?: Error): void {
    const why = cause === undefined ? 'its thread ended' : cause.message;
    const error = new DatabaseError('unavailable', `the embedded database is gone: ${why}`, { cause });
    this.#gone ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** The engine's own settings. It makes no checkpoint by itself, but one gives back what is past `max_wal_size`. */
function settingsOf({ walKeptMb, statisticsTarget }: (typeof projectionLimits)['house']): string[] {
  return [
    `max_wal_size=${walKeptMb}MB`,
    // Two files at least, as it says of less that it makes no sense.
    `min_wal_size=${walKeptMb / 2}MB`,
    `default_statistics_target=${statisticsTarget}`,
  ];
}

function asError({ name, message, code }: NonNullable<Reply['error']>): Error {
  const error = new Error(message);
  error.name = name;
  return code === undefined ? error : Object.assign(error, { code });
}
