import {
  GroupCommit,
  Growth,
  type LocalStream,
  LogError,
  type LogRecord,
  type NewRecord,
  type Runtime,
  requireFits,
  type StreamName,
} from '@holdfast/log';
import type { Database } from 'lmdb';
import type { Commits } from './commits.js';
import { encodeFrame } from './frame.js';
import { type Damage, type PageLook, type RecordPlaces, Records } from './records.js';
import type { FileSpace } from './space.js';

/** How many records one transaction of a trim removes. */
const trimRecordsPerCommit = 10_000;

/** The numbers that outlive a stream's records, by name. */
export type Meta = Database<number, string>;

export interface StreamParts extends RecordPlaces {
  meta: Meta;
  clock: Pick<Runtime, 'now'>;
  space: FileSpace;
  commits: Commits;
  damage: Damage;
  look: PageLook;
}

/**
 * One stream: a database from position to frame. `head` moves only once a commit is on disk, and nothing is read past
 * it, so a reader never sees what a power failure could take back.
 */
export class LmdbStream implements LocalStream {
  #db: Database<Buffer, number>;
  #records: Records;
  #meta: Meta;
  #clock: Pick<Runtime, 'now'>;
  #space: FileSpace;
  #commits: Commits;
  #start: number;
  #head: number;
  #growth = new Growth();
  /**
   * Appends wait here while one commits: positions are given out one commit at a time, so that a failed one leaves no
   * hole.
   */
  #appends: GroupCommit;

  constructor(
    readonly name: StreamName,
    { db, checksums, meta, clock, space, commits, damage, look }: StreamParts,
  ) {
    this.#db = db;
    this.#records = new Records(name, { db, checksums }, damage, look);
    this.#meta = meta;
    this.#clock = clock;
    this.#space = space;
    this.#commits = commits;
    this.#start = meta.get(`${name} start`) ?? 0;
    this.#head = storedHead(db, this.#start);
    this.#appends = new GroupCommit({ append: (_, records) => this.#commit(records) }, name);
  }

  get start(): number {
    return this.#start;
  }

  /** As they are, also of a log that is lost. */
  get ends(): { start: number; head: number } {
    return { start: this.#start, head: this.#head };
  }

  /** Throws LogError `in-use` or `lost` once somebody else has the log: then nothing is read of it, either. */
  get head(): number {
    this.#commits.assertOwned();
    return this.#head;
  }

  /** Rejects as ShardLog.append does. */
  async append(records: NewRecord[]): Promise<void> {
    requireFits(this.name, records);
    await this.#appends.append(records);
  }

  read(position: number): LogRecord[] {
    try {
      return this.#records.read(position, this.#head);
    } catch (error) {
      this.#commits.suspect();
      throw error;
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
      if (this.#records.decode(value, key).appendTime >= olderThan) break;
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
      const sums = this.#records.checksums.below(start, trimRecordsPerCommit);
      if (keys.length === 0 && sums.length === 0) return start;
      // The pages that it is removed from are written anew, but not what is removed.
      await this.#space.within(keys.length + sums.length, 0, () =>
        this.#commits.commit({
          write: () => {
            for (const key of keys) this.#db.remove(key).catch(ofTheCommit);
            for (const key of sums) this.#records.checksums.remove(key, ofTheCommit);
          },
        }),
      );
    }
  }

  async #commit(records: NewRecord[]): Promise<void> {
    const now = this.#clock.now();
    // Encoded first: a key that is too long must fail before anything is queued.
    const frames = records.map((record) => encodeFrame(record, now));
    const bytes = frames.reduce((sum, frame) => sum + frame.length, this.#records.checksums.bytes(frames.length));
    await this.#space.within(frames.length, bytes, () => this.#put(frames));
  }

  async #put(frames: Buffer[]): Promise<void> {
    const first = this.#head;
    try {
      await this.#commits.commit({
        absent: { db: this.#db, key: first },
        write: () => {
          frames.forEach((frame, i) => void this.#db.put(first + i, frame).catch(ofTheCommit));
          this.#records.checksums.write(first, frames, ofTheCommit);
        },
      });
      this.#head = first + frames.length;
    } catch (cause) {
      if (cause instanceof LogError) throw cause;
      // It may be there all the same; the next append must then come after it.
      this.#head = storedHead(this.#db, this.#start);
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new LogError('append-failed', `${this.name}: the commit failed: ${why}`, { cause });
    } finally {
      this.#growth.tell();
    }
  }
}

/** Where a stream ends that begins at `start`: there, too, where all that was in it is removed. */
export function storedHead(db: Database<Buffer, number>, start: number): number {
  const [last] = db.getKeys({ reverse: true, limit: 1 });
  return last === undefined ? start : Math.max(start, last + 1);
}

/** What each write is rejected with, its commit is as well. */
function ofTheCommit(): void {}
