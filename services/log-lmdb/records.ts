import { LogError, type LogRecord, logLimits, type StreamName } from '@holdfast/log';
import { type Database, type DatabaseOptions, keyValueToBuffer } from 'lmdb';
import { Checksums, recordsTogether } from './checksums.js';
import { decodeFrame, frameEncoder, restore } from './frame.js';
import { PageError } from './meta-page.js';
import { damaged } from './ownership.js';
import { checkPagesOf } from './pages.js';

declare module 'lmdb' {
  /** Its typings leave it out. */
  export function keyValueToBuffer(key: number): Buffer;
}

/** What all streams of a file met first of it that LMDB cannot read. */
export interface Damage {
  first: LogError | null;
}

/** Looks at the pages of these positions in a database, before LMDB follows them. Throws LogError `corrupt`. */
export type PageLook = (database: string, from: number, to: number) => void;

/** A start does not look at all pages of a large file, and what was sound then may not be any more. */
export function pageLook(path: string, descriptor: number): PageLook {
  return (database, from, to) => {
    const [first, last] = [from, to].map((position) => keyValueToBuffer(Math.max(0, position)));
    try {
      checkPagesOf(descriptor, { database, from: first!, to: last! });
    } catch (error) {
      throw error instanceof PageError ? damaged(path, error) : error;
    }
  };
}

/** Where the records of one stream are, and their checksums. */
export interface RecordPlaces {
  db: Database<Buffer, number>;
  checksums: Database<Buffer, number>;
}

/** Of a stream, by how the file's databases are opened. */
export function openRecords(
  openDb: (name: string, options: DatabaseOptions) => Database<Buffer, number>,
  name: StreamName,
): RecordPlaces {
  // Its typings leave the encoder out.
  const frames: DatabaseOptions = { encoding: 'binary', ...{ encoder: frameEncoder } };
  return {
    db: openDb(name, frames),
    checksums: openDb(`${name} checksums`, { encoding: 'binary' }),
  };
}

/** Reads the records of one stream. */
export class Records {
  readonly checksums: Checksums;
  #db: Database<Buffer, number>;

  constructor(
    private readonly name: StreamName,
    { db, checksums }: RecordPlaces,
    private readonly damage: Damage,
    private readonly look: PageLook,
  ) {
    this.#db = db;
    this.checksums = new Checksums(checksums);
  }

  /** At least one from `position` on, and none from `head` on, which is above. Throws LogError `corrupt`. */
  read(position: number, head: number): LogRecord[] {
    const records: LogRecord[] = [];
    try {
      this.#readInto(records, position, head);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : null;
      // LMDB's own codes: a page or a node of it is none.
      if (typeof code !== 'number' || code > -30_000) throw error;
      const why = `${this.name} cannot be read at position ${position + records.length}: ${(error as Error).message.split('\n')[0]}`;
      // From then on LMDB refuses whatever is read (MDB_BAD_TXN): what it met first says why.
      this.damage.first ??= new LogError('corrupt', `the log is damaged: ${why}; ${restore}`, { cause: error });
      // What is before it can be read all the same.
      if (records.length === 0) throw this.damage.first;
    }
    return records;
  }

  /** Throws LogError `corrupt`. */
  decode(frame: Buffer, position: number): LogRecord {
    if (!this.checksums.matches(frame, position)) {
      throw new LogError(
        'corrupt',
        `the log is damaged: the record at position ${position} of ${this.name} does not match its checksum; ${restore}`,
      );
    }
    return decodeFrame(frame, position, this.name);
  }

  /**
   * How many of so many records can be read from `position` on: none that is on a damaged page, or behind it. Throws
   * LogError `corrupt` where that is none.
   */
  #sound(position: number, limit: number): number {
    for (let count = limit; ; count = Math.floor(count / 2)) {
      try {
        this.look(this.name, position, position + count - 1);
        // Of those that stand together, and the next ones: LMDB goes there and back.
        this.look(`${this.name} checksums`, position - recordsTogether, position + count + recordsTogether);
        return count;
      } catch (error) {
        if (count <= 1) throw error;
      }
    }
  }

  #readInto(records: LogRecord[], position: number, head: number): void {
    const limit = this.#sound(position, Math.min(logLimits.tailRecordsMax, head - position));
    let bytes = 0;
    for (const { key, value } of this.#db.getRange({ start: position, limit })) {
      if (key !== position + records.length) break;
      bytes += value.length;
      if (records.length > 0 && bytes > logLimits.tailBytesMax) return;
      try {
        records.push(this.decode(value, key));
      } catch (error) {
        // What is before it can be read all the same.
        if (records.length > 0) return;
        throw error;
      }
    }
    if (records.length === 0 && limit > 0) {
      throw new LogError(
        'corrupt',
        `the log is damaged: ${this.name} has no record at position ${position}, and its head is at ${head}; ${restore}`,
      );
    }
  }
}
