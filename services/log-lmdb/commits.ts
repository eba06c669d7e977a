import { writeSync } from 'node:fs';
import { type Database, open, type RootDatabase } from 'lmdb';
import type { Ownership } from './ownership.js';

/** What goes into one commit, together with what others bring at the same time. */
export interface CommitChange {
  /** A key that must not be there yet, or another has written it. */
  absent?: { db: Database<Buffer, number>; key: number };
  /** Puts and removes; called within the batch. */
  write(): void;
}

/**
 * A record whose first eight bytes are a float64, which LMDB's write thread compares within the transaction
 * (`ifVersion`).
 */
export type Owners = Database<Buffer, string>;
const ownerKey = 'owner';

interface PendingChange {
  change: CommitChange;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * `overlappingSync` would show a commit before it is synced. What lmdb-js batches of one turn of the event loop has a
 * promise that it gives to nobody: a commit that fails would end the process. Each commit here is one batch as it is.
 */
export function openEnvironment(path: string, { readOnly = false } = {}): RootDatabase {
  return open({ path, noSubdir: true, readOnly, overlappingSync: false, eventTurnBatching: false, maxDbs: 8 });
}

export interface Disk {
  /** Rejects where it cannot be written. */
  probe(): Promise<void>;
  /** Where a commit failed after which this process must not, or cannot, go on. */
  end(reason: Error, why: string): void;
}

/**
 * The only way into the file: one commit at a time, of all that waits, each of which finds the file as the one before
 * left it, and counts only where it still is so afterwards.
 */
export class Commits {
  #waiting: PendingChange[] = [];
  #running = false;
  /** Who waits until the file was looked at behind the commit that is under way. */
  #lookers: (() => void)[] = [];
  #token: number;
  #ownership: Ownership | null = null;
  #disk: Disk = { probe: async () => {}, end: endProcess };

  /** Writes who the owner is: synchronously, as all that opens a log. */
  constructor(
    private readonly owners: Owners,
    random: () => number,
  ) {
    this.#token = random();
    const record = Buffer.alloc(8);
    record.writeDoubleLE(this.#token);
    owners.putSync(ownerKey, record);
  }

  /** From here on it is watched over. To be called once all that opens the log is written. */
  begin(ownership: Ownership, disk: Partial<Disk> = {}): void {
    this.#ownership = ownership;
    this.#disk = { ...this.#disk, ...disk };
  }

  /** Throws LogError `in-use` or `lost` once somebody else has the log. */
  assertOwned(): void {
    this.#ownership?.assert();
  }

  /** How many there were. */
  count = 0;

  get idle(): boolean {
    return !this.#running;
  }

  /**
   * Looks whether the file is as this process left it: at once, or behind the commit that is under way, as who was
   * suspended within one must not show what it knew before. Throws as assertOwned.
   */
  async look(): Promise<void> {
    if (this.#running) await new Promise<void>((resolve) => this.#lookers.push(resolve));
    else this.#ownership?.check();
    this.assertOwned();
  }

  /** Where what was read cannot be: throws as assertOwned where somebody else wrote it. */
  suspect(): void {
    this.#ownership?.glance();
  }

  /**
   * Rejects with LogError `in-use` or `lost` where somebody else has the log, with LMDB's error where the commit
   * failed.
   */
  commit(change: CommitChange): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      // A microtask later, so that what is appended in the same turn goes together.
      queueMicrotask(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const together = this.#waiting.splice(0);
      try {
        await this.#commit(together.map(({ change }) => change));
        for (const { resolve } of together) resolve();
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
      for (const looked of this.#lookers.splice(0)) looked();
    }
    this.#running = false;
  }

  async #commit(changes: CommitChange[]): Promise<void> {
    const ownership = this.#ownership!;
    // Right before LMDB writes, as what is seen earlier may be over by now: the commit before may have failed.
    await this.#disk.probe();
    ownership.check();
    const conditions: Promise<boolean>[] = [];
    const write = () => {
      for (const change of changes) change.write();
    };
    // The owner innermost: lmdb-js forgets for an inner `ifNoExists` that an outer condition did not hold.
    let batch = () => void conditions.push(this.owners.ifVersion(ownerKey, this.#token, write));
    for (const { absent } of changes) {
      if (absent === undefined) continue;
      const inner = batch;
      batch = () => void conditions.push(absent.db.ifNoExists(absent.key, inner));
    }
    batch();
    const results = await Promise.allSettled(conditions);
    const rejected = results.find((result) => result.status === 'rejected');
    const reason = rejected === undefined ? null : await reasonOf(rejected.reason);
    if (reason !== null && damagesHeap(reason))
      this.#disk.end(reason, "LMDB damaged this process's memory when it said so");
    if (reason !== null && !this.#goesOn()) this.#disk.end(reason, 'LMDB writes nothing more before it is opened anew');
    const there = ownership.settle();
    // Also where ours failed: what is there then may be another's.
    const ours = !there || this.owners.get(ownerKey)?.readDoubleLE() === this.#token;
    if (!ours) throw ownership.lose(ownership.stranger('it has another owner'));
    if (reason !== null) throw reason;
    if (!results.every((result) => result.status === 'fulfilled' && result.value)) {
      throw ownership.lose(ownership.stranger('its owner or its end is not as we left it'));
    }
    if (!there) throw new Error('LMDB did not commit');
    this.count++;
  }

  /**
   * After a commit that failed. Where it was the head page that LMDB could not write, it begins no transaction any more
   * (MDB_FATAL_ERROR), and lmdb-js's next commit would not come back: it keeps its own lock. An empty one on this
   * thread fails at once, and writes nothing.
   */
  #goesOn(): boolean {
    try {
      this.owners.transactionSync(() => {});
      return true;
    } catch {
      return false;
    }
  }
}

/** lmdb-js rejects a commit with an error that has the reason in a promise, rejected a little later. */
async function reasonOf(error: unknown): Promise<Error> {
  const known = error instanceof Error ? error : new Error(String(error));
  if (!('commitError' in known)) return known;
  const reason = Promise.resolve(known.commitError).then(
    () => known,
    (cause: unknown) => (cause instanceof Error ? cause : known),
  );
  return Promise.race([reason, new Promise<Error>((resolve) => setImmediate(() => resolve(known)))]);
}

/**
 * What LMDB says of a page that it could not write, and the bytes that it takes for that (`mdb_page_flush` of
 * lmdb-js 3.5.6).
 */
const pageNotWritten = /Attempting to write page at position .*/s;
const takenBytes = 100;

/**
 * lmdb-js writes the numbers of two buffers that may not be there into that sentence, whatever stood in memory, and
 * mostly it is then too long for its place: the heap behind it is overwritten. As the sentence comes with the error, it
 * tells by its length whether that was so.
 */
export function damagesHeap({ message }: Error): boolean {
  return (pageNotWritten.exec(message)?.[0].length ?? 0) >= takenBytes;
}

/**
 * Nothing runs after it: neither a finalizer, which would meet the damage, nor an answer. What was answered is in the
 * file.
 */
function endProcess({ message }: Error, why: string): void {
  try {
    writeSync(
      2,
      `holdfast: the log's disk could not be written (${message}), and ${why}: what writes it ends at once. All that was answered is in the log. See to the disk.\n`,
    );
  } catch {
    // It has nowhere to say it.
  }
  process.kill(process.pid, 'SIGKILL');
}
