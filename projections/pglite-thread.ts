import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { DatabaseError } from './database.js';
import { projectionLimits } from './limits.js';

/** What of the embedded Postgres is used here. Its errors have the code of the engine's own: SQLSTATE where a statement failed. */
export interface Engine {
  query<Row>(sql: string, values?: readonly unknown[]): Promise<{ rows: Row[] }>;
  /** What each statement gave. */
  exec(sql: string): Promise<{ rows: unknown[] }[]>;
}

type Ask = 'open' | 'query' | 'exec' | 'begin' | 'commit' | 'rollback' | 'close';

interface Reply {
  id: number;
  result?: unknown;
  /** There are more rows. */
  more?: boolean;
  error?: { name: string; message: string; code?: string };
}

/** The engine panicked: it neither answers nor ends. */
interface Panicked {
  panic: string;
}

interface Waiting {
  /** Those that came. */
  rows: unknown[];
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** Outside of any transaction. */
const none = 0;

/** What the build made (make-empty-database.mjs), beside what was built or below the sources. Without it the engine makes its own. */
const emptyDatabase =
  ['./empty-database.tar', './dist/empty-database.tar']
    .map((each) => fileURLToPath(new URL(each, import.meta.url)))
    .find((each) => existsSync(each)) ?? null;

/**
 * The embedded Postgres in a thread of its own, as it would hold up the whole process for as long as a statement takes. Many rows
 * come in pieces, and the event loop turns between them. It keeps the process alive only while it is asked something.
 */
export class PgliteThread implements Engine {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #asked = 0;
  #transactions = none;
  #gone: DatabaseError | null = null;

  /** One that was prepared, and not used yet. */
  static #prepared: PgliteThread | null = null;

  private constructor() {
    const { embeddedHeapMbMax: maxOldGenerationSizeMb, embeddedRowsPerMessage: rowsPerMessage } = projectionLimits;
    const { embeddedNiceness: niceness } = projectionLimits;
    this.#worker = new Worker(new URL('./pglite-worker.mjs', import.meta.url), {
      workerData: { rowsPerMessage, emptyDatabase, niceness },
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

  /** Loads the engine ahead for the next `start`, in its own thread: that takes a second, in which a start can do other things. */
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

  query<Row>(sql: string, values: readonly unknown[] = []): Promise<{ rows: Row[] }> {
    return this.#query(none, sql, values);
  }

  exec(sql: string): Promise<{ rows: unknown[] }[]> {
    return this.#exec(none, sql);
  }

  /** All that `work` does, or nothing when it throws. One at a time; other statements wait meanwhile. */
  async transaction<T>(work: (tx: Engine) => Promise<T>): Promise<T> {
    const transaction = ++this.#transactions;
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

  async #query<Row>(transaction: number, sql: string, values: readonly unknown[]): Promise<{ rows: Row[] }> {
    return { rows: (await this.#ask('query', transaction, sql, values)) as Row[] };
  }

  async #exec(transaction: number, sql: string): Promise<{ rows: unknown[] }[]> {
    return (await this.#ask('exec', transaction, sql)) as { rows: unknown[] }[];
  }

  #ask(ask: Ask, transaction: number, sql = '', values: readonly unknown[] = []): Promise<unknown> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    const id = ++this.#asked;
    const result = this.#wait(id);
    this.#worker.postMessage({ id, ask, transaction, sql, values });
    return result;
  }

  #wait(id: number): Promise<unknown> {
    this.#worker.ref();
    return new Promise((resolve, reject) => this.#waiting.set(id, { rows: [], resolve, reject }));
  }

  #panicked({ panic }: Panicked): void {
    this.#end(new Error(panic));
    void this.terminate();
  }

  #answered({ id, result, more, error }: Reply): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    if (more) {
      for (const row of result as unknown[]) waiting.rows.push(row);
      setImmediate(() => this.#worker.postMessage({ id, ask: 'more' }));
      return;
    }
    this.#waiting.delete(id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (error !== undefined) waiting.reject(asError(error));
    else waiting.resolve(waiting.rows.length > 0 ? waiting.rows.concat(result) : result);
  }

  #end(cause?: Error): void {
    const why = cause === undefined ? 'its thread ended' : cause.message;
    const error = new DatabaseError('away', `the embedded database is gone: ${why}`, { cause });
    this.#gone ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

function asError({ name, message, code }: NonNullable<Reply['error']>): Error {
  const error = new Error(message);
  error.name = name;
  return code === undefined ? error : Object.assign(error, { code });
}
