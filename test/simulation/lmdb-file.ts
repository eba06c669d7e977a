import type { Metas } from '@holdfast/log-lmdb/meta-page';
import type { RootDatabase } from 'lmdb';
import type { SimProcess, World } from './world.js';

/*
 * An LMDB file as far as the embedded log asks LMDB for something, with what makes two who open it dangerous: each
 * write transaction begins with what stands in the head page of the last one by number, and writes the other page. The
 * number, and the mutex of writers, are in LMDB's lock file. Where two have one of their own each, one knows nothing of
 * the other's: it takes a number that was given, and writes over what came since.
 */

type Key = string | number;
type Table = ReadonlyMap<Key, unknown>;
/** What a transaction left. Nobody changes it. */
type Tables = ReadonlyMap<string, Table>;

interface Page {
  transaction: number;
  /** Which commit wrote it: two may have one number. */
  serial: number;
  tables: Tables;
}

/** LMDB's lock file. */
export class LockFile {
  holder: SimEnvironment | null = null;
  readonly waiting: (() => void)[] = [];

  constructor(public last: number) {}

  release(): void {
    this.holder = null;
    this.waiting.shift()?.();
  }
}

export class LmdbFile {
  #pages: [Page, Page] = [unwritten(), unwritten()];
  #serial = 0;
  /** What who opens it says in its place: see Hold. */
  claim = '';

  constructor(
    readonly world: World,
    private readonly onCommit: (tables: Tables) => void,
  ) {}

  get newest(): Page {
    const [a, b] = this.#pages;
    return b.transaction > a.transaction ? b : a;
  }

  /** What a transaction begins with that takes this for the last. */
  after(transaction: number): Tables {
    return this.#pages[transaction % 2]!.tables;
  }

  write(transaction: number, tables: Tables): void {
    this.#pages[transaction % 2] = { transaction, serial: ++this.#serial, tables };
    this.onCommit(this.newest.tables);
  }

  /** As they are looked at through a descriptor. */
  heads(): Metas {
    const pages = this.#pages.map(({ transaction, serial }) => Buffer.from(`${transaction} ${serial}`));
    const newest = { transaction: this.newest.transaction } as Metas['newest'];
    return { newest, pages: pages as [Buffer, Buffer] };
  }
}

function unwritten(): Page {
  return { transaction: 0, serial: 0, tables: new Map() };
}

interface Condition {
  holds(tables: Tables): boolean;
  within: (Condition | Write)[];
  resolve(held: boolean): void;
}
type Write = { table: string; key: Key; value: unknown };

/** As lmdb-js has a file open for one process: the part of its interface that the log uses. */
export class SimEnvironment {
  #open: Condition[] = [];
  #under = 0;

  constructor(
    readonly file: LmdbFile,
    readonly lockFile: LockFile,
    private readonly process: SimProcess,
  ) {}

  /** Nothing of it is on its way into the file. */
  get still(): boolean {
    return this.#under === 0;
  }

  /** Of who has died: the mutex goes with it. */
  died(): void {
    if (this.lockFile.holder === this) this.lockFile.release();
  }

  openDB(name: string): ReturnType<RootDatabase['openDB']> {
    if (!this.#seen.has(name)) this.#writeNow([{ table: name, key: '', value: undefined }]);
    const table = () => this.#seen.get(name)!;
    const put = (key: Key, value: unknown) => {
      this.#open.at(-1)!.within.push({ table: name, key, value });
      return Promise.resolve(true);
    };
    return {
      get: (key: Key) => table().get(key),
      putSync: (key: Key, value: unknown) => this.#writeNow([{ table: name, key, value }]),
      put,
      remove: (key: Key) => put(key, undefined),
      ifNoExists: (key: Key, write: () => void) => this.#when((all) => !all.get(name)!.has(key), write),
      ifVersion: (key: Key, version: number, write: () => void) =>
        this.#when((all) => (all.get(name)!.get(key) as Buffer).readDoubleLE() === version, write),
      getKeys: (range: Range) => inRange(table(), range).map(([key]) => key),
      getRange: (range: Range) => inRange(table(), range).map(([key, value]) => ({ key, value })),
    } as unknown as ReturnType<RootDatabase['openDB']>;
  }

  get #seen(): Tables {
    return this.file.after(this.lockFile.last);
  }

  #writeNow(writes: Write[]): void {
    const number = this.lockFile.last + 1;
    this.file.write(number, written(this.#seen, writes));
    this.lockFile.last = number;
  }

  #when(holds: Condition['holds'], write: () => void): Promise<boolean> {
    return new Promise((resolve) => {
      const condition: Condition = { holds, within: [], resolve };
      const outer = this.#open.at(-1);
      this.#open.push(condition);
      write();
      this.#open.pop();
      if (outer !== undefined) outer.within.push(condition);
      else {
        this.#under++;
        this.#soon(() => this.#begin(condition));
      }
    });
  }

  /** In LMDB's own thread, which stands still with its process. */
  #soon(then: () => void): void {
    this.process.after(this.file.world.random.int(1, 4), 'a commit', then);
  }

  #begin(condition: Condition): void {
    const { lockFile, file } = this;
    if (lockFile.holder !== null) return void lockFile.waiting.push(() => this.#soon(() => this.#begin(condition)));
    lockFile.holder = this;
    const [number, seen] = [lockFile.last + 1, this.#seen];
    const writes: Write[] = [];
    const answers = found(condition, seen, true, writes);
    this.#soon(() => {
      if (writes.length > 0) {
        file.write(number, written(seen, writes));
        lockFile.last = number;
      }
      lockFile.release();
      // JavaScript hears of it later, and of other things before.
      this.#soon(() => {
        this.#under--;
        for (const answer of answers) answer();
      });
    });
  }
}

/** What is to be written where conditions hold, and who is then told what of them. */
function found({ holds, within, resolve }: Condition, seen: Tables, outer: boolean, writes: Write[]): (() => void)[] {
  const held = outer && holds(seen);
  const answers = [() => resolve(held)];
  for (const each of within) {
    if ('holds' in each) answers.push(...found(each, seen, held, writes));
    else if (held) writes.push(each);
  }
  return answers;
}

function written(tables: Tables, writes: Write[]): Tables {
  const made = new Map(tables as Map<string, Map<Key, unknown>>);
  for (const name of new Set(writes.map(({ table }) => table))) made.set(name, new Map(made.get(name)));
  for (const { table, key, value } of writes) {
    if (value === undefined) made.get(table)!.delete(key);
    else made.get(table)!.set(key, value);
  }
  return made;
}

interface Range {
  start?: number;
  end?: number;
  limit?: number;
  reverse?: boolean;
}

/** Of each table: in order, as the log writes them. */
const ordered = new WeakMap<Table, number[]>();

function inRange(table: Table, { start, end, limit, reverse = false }: Range): [Key, unknown][] {
  const keys = ordered.get(table) ?? ([...table.keys()] as number[]);
  ordered.set(table, keys);
  let found: number[];
  if (reverse)
    found = keys
      .slice(0, start === undefined ? keys.length : firstFrom(keys, start + 1))
      .slice(-limit!)
      .reverse();
  else
    found = keys
      .slice(firstFrom(keys, start ?? 0), end === undefined ? keys.length : firstFrom(keys, end))
      .slice(0, limit);
  return found.map((key) => [key, table.get(key)]);
}

/** The place of the first key that is not below. */
function firstFrom(keys: number[], key: number): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
