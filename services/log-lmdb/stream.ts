import {
  GroupCommit,
  Growth,
  type LocalStream,
  LogError,
  type LogRecord,
  logLimits,
  type NewRecord,
  type Runtime,
  recordBytes,
  type StreamName,
} from '@holdfast/log';
import type { Database } from 'lmdb';
import { Checksums } from './checksums.js';
import type { Commits } from './commits.js';
import { decodeFrame, encodeFrame, restore } from './frame.js';
import type { FileSpace } from './space.js';

/** How many records one transaction of a trim removes. */
const trimRecordsPerCommit = 10_000;

/** The numbers that outlive a stream's records, by name. */
export type Meta = Database<number, string>;

/** What all streams of a file met first of it that LMDB cannot read. */
export interface Damage {
  first: LogError | null;
}

export interface StreamParts {
  db: Database<Buffer, number>;
  checksums: Database<Buffer, number>;
  meta: Meta;
  clock: Pick<Runtime, 'now'>;
  space: FileSpace;
  commits: Commits;
  damage: Damage;
}

/**
 * One stream: a database from position to frame. `head` moves only once a commit is on disk, and nothing is read past it,
 * so a reader never sees what a power failure could take back.
 */
export class LmdbStream implements LocalStream {
  #db: Database<Buffer, number>;
  #checksums: Checksums;
  #meta: Meta;
  #clock: Pick<Runtime, 'now'>;
  #space: FileSpace;
  #commits: Commits;
  #damage: Damage;
  #start: number;
  #head: number;
  #growth = new Growth();
  /** Appends wait here while one commits: positions are given out one commit at a time, so that a failed one leaves no hole. */
  #appends: GroupCommit;

  constructor(
    readonly name: StreamName,
    { db, checksums, meta, clock, space, commits, damage }: StreamParts,
  ) {
    this.#db = db;
    this.#checksums = new Checksums(checksums);
    this.#meta = meta;
    this.#clock = clock;
    this.#space = space;
    this.#commits = commits;
    this.#damage = damage;
    this.#start = meta.get(`${name} start`) ?? 0;
    this.#head = this.#storedHead();
    this.#appends = new GroupCommit({ append: (_, records) => this.#commit(records) }, name);
  }

  get start(): number {
    return this.#start;
  }

  /** Throws LogError `in-use` or `lost` once somebody else has the log: then nothing is read of it, either. */
  get head(): number {
    this.#commits.assertOwned();
    return this.#head;
  }

  /** Rejects as ShardLog.append does. */
  async append(records: NewRecord[]): Promise<void> {
    for (const record of records) {
      if (recordBytes(record) <= logLimits.recordBytesMax) continue;
      throw new LogError('too-large', `a record of ${this.name} has over ${logLimits.recordBytesMax} bytes`);
    }
    await this.#appends.append(records);
  }

  read(position: number): LogRecord[] {
    const records: LogRecord[] = [];
    try {
      this.#readInto(records, position);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      // LMDB's own codes: a page or a node of it is none.
      if (typeof code !== 'number' || code > -30_000) throw error;
      const why = `${this.name} cannot be read at position ${position + records.length}: ${(error as Error).message.split('\n')[0]}`;
      // From then on LMDB refuses whatever is read (MDB_BAD_TXN): what it met first says why.
      this.#damage.first ??= new LogError('corrupt', `the log is damaged: ${why}; ${restore}`, { cause: error });
      // What is before it can be read all the same.
      if (records.length === 0) throw this.#damage.first;
    }
    return records;
  }

  #readInto(records: LogRecord[], position: number): void {
    const limit = Math.min(logLimits.tailRecordsMax, this.#head - position);
    let bytes = 0;
    for (const { key, value } of this.#db.getRange({ start: position, limit })) {
      if (key !== position + records.length) break;
      bytes += value.length;
      if (records.length > 0 && bytes > logLimits.tailBytesMax) return;
      try {
        records.push(this.#decode(value, key));
      } catch (error) {
        // What is before it can be read all the same.
        if (records.length > 0) return;
        throw error;
      }
    }
    if (records.length === 0 && limit > 0) {
      throw new LogError(
        'corrupt',
        `the log is damaged: ${this.name} has no record at position ${position}, and its head is at ${this.#head}; ${restore}`,
      );
    }
  }

  onGrowth(listener: () => void): () => void {
    return this.#growth.listen(listener);
  }

  /** Lets whoever waits at the head look again. */
  wake(): void {
    this.#growth.tell();
  }

  /** Removes what is below `before` and was appended before `olderThan`. Gives the new start. */
  async trim(before: number, olderThan: number): Promise<number> {
    let start = this.#start;
    const upTo = Math.min(before, this.#head);
    for (const { key, value } of this.#db.getRange({ start, end: upTo })) {
      if (this.#decode(value, key).appendTime >= olderThan) break;
      start = key + 1;
    }
    if (start === this.#start) return start;
    // The start first: if the rest does not come to pass, the next trim removes what is left over.
    await this.#space.within(1, 0, () =>
      this.#commits.commit({ write: () => void this.#meta.put(`${this.name} start`, start).catch(ofTheCommit) }),
    );
    this.#start = start;
    for (;;) {
      const keys = [...this.#db.getKeys({ end: start, limit: trimRecordsPerCommit })];
      const sums = this.#checksums.below(start, trimRecordsPerCommit);
      if (keys.length === 0 && sums.length === 0) return start;
      // The pages that it is removed from are written anew, but not what is removed.
      await this.#space.within(keys.length + sums.length, 0, () =>
        this.#commits.commit({
          write: () => {
            for (const key of keys) this.#db.remove(key).catch(ofTheCommit);
            for (const key of sums) this.#checksums.remove(key, ofTheCommit);
          },
        }),
      );
    }
  }

  async #commit(records: NewRecord[]): Promise<void> {
    const now = this.#clock.now();
    // Encoded first: a key that is too long must fail before anything is queued.
    const frames = records.map((record) => encodeFrame(record, now));
    const bytes = frames.reduce((sum, frame) => sum + frame.length, this.#checksums.bytes(frames.length));
    await this.#space.within(frames.length, bytes, () => this.#put(frames));
  }

  async #put(frames: Buffer[]): Promise<void> {
    const first = this.#head;
    try {
      await this.#commits.commit({
        absent: { db: this.#db, key: first },
        write: () => {
          frames.forEach((frame, i) => void this.#db.put(first + i, frame).catch(ofTheCommit));
          this.#checksums.write(first, frames, ofTheCommit);
        },
      });
      this.#head = first + frames.length;
    } catch (cause) {
      if (cause instanceof LogError) throw cause;
      // It may be there all the same; the next append must then come after it.
      this.#head = this.#storedHead();
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new LogError('append-failed', `${this.name}: the commit failed: ${why}`, { cause });
    } finally {
      this.#growth.tell();
    }
  }

  /** Throws LogError `corrupt`. */
  #decode(frame: Buffer, position: number): LogRecord {
    if (!this.#checksums.matches(frame, position)) {
      throw new LogError(
        'corrupt',
        `the log is damaged: the record at position ${position} of ${this.name} does not match its checksum; ${restore}`,
      );
    }
    return decodeFrame(frame, position, this.name);
  }

  #storedHead(): number {
    const [last] = this.#db.getKeys({ reverse: true, limit: 1 });
    return last === undefined ? this.#start : Math.max(this.#start, last + 1);
  }
}

/** What each write is rejected with, its commit is as well. */
function ofTheCommit(): void {}
