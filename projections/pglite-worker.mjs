/*
 * The embedded Postgres in a thread of its own, so that no statement, however long, holds up the event loop of the
 * process. See pglite-thread.ts, which speaks with it. JavaScript, as a thread is started from a file, also where tests
 * run the sources.
 */
import fs, { readdirSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

/**
 * @typedef {import('@electric-sql/pglite').Transaction} Transaction
 * @typedef {{ id: number, ask: string, transaction: number, sql: string, values: unknown[] }} Question
 * @typedef {{ engine: Transaction, end: (well: boolean) => void }} Open
 */

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const { rowsPerMessage, emptyDatabase, niceness, settings } = workerData;
comeAfterOthers();
keepPrivate();
/** Compiled while nobody has said yet where the database is. */
const engineCode = /** @type {any} */ (globalThis).WebAssembly.compile(
  readFileSync(new URL('pglite.wasm', import.meta.resolve('@electric-sql/pglite'))),
);
/** Outside of any transaction. */
const none = 0;
const rolledBack = new Error('rolled back');
/** @type {Map<number, Open>} */
const open = new Map();
/** When each transaction is over. @type {Map<number, Promise<unknown>>} */
const over = new Map();
/** Rows of answers that were not yet asked for. @type {Map<number, unknown[]>} */
const rest = new Map();
/** Rows that each statement changed, until that is told. @type {Map<number, number>} */
const changed = new Map();

/** @type {PGlite} */
let pglite;
port.on('message', (/** @type {Question} */ question) => answer(question.id, () => give(question)));

/** Elsewhere than on Linux it would be the whole process. Where the system does not let it, it goes on as it is. */
function comeAfterOthers() {
  if (process.platform !== 'linux') return;
  try {
    setPriority(0, niceness);
  } catch {
    // A service manager may refuse the call altogether.
  }
}

/**
 * The engine's file system (of Emscripten) sets the mode of each file that it makes, by 0666 where nothing else is said
 * and whatever the umask is: all that is unpacked for a new database could be written by everybody. It asks this module
 * for that, which is this thread's own.
 */
function keepPrivate() {
  const { chmodSync, mkdirSync } = fs;
  fs.chmodSync = (path, mode) => chmodSync(path, Number(mode) & 0o700);
  fs.mkdirSync = /** @type {typeof mkdirSync} */ (
    (/** @type {string} */ path, /** @type {any} */ mode) =>
      mkdirSync(path, typeof mode === 'number' ? mode & 0o700 : { ...mode, mode: 0o700 })
  );
}

/** @param {string | null} directory */
async function start(directory) {
  pglite = new PGlite({
    pgliteWasmModule: await engineCode,
    startParams: [
      ...PGlite.defaultStartParams,
      ...settings.flatMap((/** @type {string} */ setting) => ['-c', setting]),
    ],
    onStderr: (line) => {
      tellPanic(line);
      return false;
    },
    ...(directory === null ? {} : { dataDir: directory }),
    ...(emptyDatabase !== null && isNew(directory) ? { loadDataDir: new Blob([readFileSync(emptyDatabase)]) } : {}),
  });
  await pglite.waitReady;
}

/**
 * After it panics, as at a commit whose write-ahead log cannot be written, the engine spins for ever: what it says
 * comes from within the statement, and so must this.
 * @param {string} line
 */
function tellPanic(line) {
  const panic = / PANIC: +(.*)/.exec(line)?.[1];
  if (panic !== undefined) port.postMessage({ panic });
}

/** Whether nothing is there, not even what is left of another. @param {string | null} directory */
function isNew(directory) {
  try {
    // Where the directory is a disk of its own, what was set aside is in it.
    return directory === null || readdirSync(directory).every((each) => each.startsWith('damaged-'));
  } catch {
    return true;
  }
}

/** @param {number} id  @param {() => Promise<unknown>} work */
async function answer(id, work) {
  try {
    const result = await work();
    port.postMessage({ id, result, more: rest.has(id), changed: changed.get(id) });
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const code = 'code' in error ? error.code : undefined;
    port.postMessage({ id, error: { name: error.name, message: error.message, code } });
  } finally {
    changed.delete(id);
  }
}

/** @param {Question} question  @returns {Promise<unknown>} */
async function give({ id, ask, transaction, sql, values }) {
  switch (ask) {
    case 'open':
      return start(/** @type {string | null} */ (values[0]));
    case 'query':
      return queried(id, await engineOf(transaction).query(sql, values));
    case 'exec':
      return (await engineOf(transaction).exec(sql)).map(({ rows, affectedRows = 0 }) => ({
        rows,
        changed: affectedRows,
      }));
    case 'more':
      return piece(id, rest.get(id) ?? []);
    case 'begin':
      return begin(transaction);
    case 'commit':
      return end(transaction, true);
    case 'rollback':
      return end(transaction, false);
    case 'close':
      return pglite.close();
    default:
      throw new Error(`it was asked for ${ask}`);
  }
}

/** @param {number} id  @param {import('@electric-sql/pglite').Results<unknown>} results */
function queried(id, { rows, affectedRows = 0 }) {
  if (affectedRows > 0) changed.set(id, affectedRows);
  return piece(id, rows);
}

/**
 * So many rows as are read on the other side without holding its event loop; what is left waits. @param {number} id
 * @param {unknown[]} rows
 */
function piece(id, rows) {
  if (rows.length > rowsPerMessage) rest.set(id, rows.slice(rowsPerMessage));
  else rest.delete(id);
  return rows.slice(0, rowsPerMessage);
}

/** @param {number} transaction */
function engineOf(transaction) {
  return transaction === none ? pglite : opened(transaction).engine;
}

/** @param {number} transaction */
function opened(transaction) {
  const found = open.get(transaction);
  if (found === undefined) throw new Error('the transaction is over');
  return found;
}

/**
 * Resolves once it has begun: the engine has one transaction at a time, and lets other statements wait. @param {number}
 * transaction
 */
function begin(transaction) {
  return new Promise((begun, reject) => {
    const run = (/** @type {Transaction} */ engine) =>
      new Promise((commit, rollback) => {
        open.set(transaction, { engine, end: (well) => (well ? commit(null) : rollback(rolledBack)) });
        begun(null);
      });
    const all = pglite.transaction(run);
    over.set(transaction, all);
    all.catch(reject);
  });
}

/** @param {number} transaction  @param {boolean} well */
async function end(transaction, well) {
  opened(transaction).end(well);
  open.delete(transaction);
  try {
    await over.get(transaction);
  } catch (error) {
    if (error !== rolledBack) throw error;
  } finally {
    over.delete(transaction);
  }
}
