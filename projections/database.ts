import type { Housekeeping } from './house/keeper.js';

/**
 * A Postgres, embedded or a server, whose tables are migrated. Small, so that the read model asks nothing that either
 * could not do. Every failure is a DatabaseError.
 */
export interface Queryable {
  /** One statement; the rows. Values must be of a type that both drivers send alike: text, number, boolean, null. */
  query<Row>(sql: string, values?: readonly (string | number | boolean | null)[]): Promise<Row[]>;
  /** Several statements without values. */
  exec(sql: string): Promise<void>;
}

export interface Database extends Queryable {
  /** Runs within this process and does one thing at a time: a long statement holds up all others. */
  readonly embedded: boolean;
  /** Runs `work` while nobody else, in any process, does so under that name; null at once where somebody does. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T | null>;
  /** All that `work` does, or nothing when it throws. */
  transaction<T>(work: (tx: Queryable) => Promise<T>): Promise<T>;
  /**
   * Puts rows into a table (`schema.table (column, ...)`), in pieces of the text format of COPY: a server takes them
   * about twice as fast as with INSERT. Absent where it is no faster.
   */
  copy?(into: string, rows: readonly Buffer[]): Promise<void>;
  /**
   * Makes empty tables in the place of what is damaged. What was there goes only where the log is known to hold it,
   * else it is set aside. Throws LogError `lost` where the log does not.
   */
  renew(): Promise<void>;
  /**
   * Rejects where it does not answer within `ms`: it is unavailable, or hangs. Absent where it is a part of this
   * process.
   */
  ping?(ms: number): Promise<void>;
  /** Keeps it in order, where nobody else does. */
  readonly house?: Housekeeping;
  /** Fails all that is under way: a server that hangs fails nothing by itself. */
  interrupt?(): void;
  close(): Promise<void>;
}

export type DatabaseErrorCode =
  /** Not reachable, or too busy: it will be back. What was under way may have happened or not. */
  | 'unavailable'
  /** Its disk is full or cannot be written: as `unavailable`. */
  | 'full'
  /** It contradicts itself or lacks our tables: nothing in it can be trusted. */
  | 'damaged'
  /** Written by a newer version of Holdfast. */
  | 'newer'
  /** The statement failed; most likely a bug. */
  | 'failed';

export class DatabaseError extends Error {
  constructor(
    readonly code: DatabaseErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'DatabaseError';
  }
}

/** Classes of SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const unavailable = [/^08/, /^53/, /^55P03/, /^57/, /^40001/, /^40P01/, /^25006/];
const full = [/^53100/];
/** Of files that cannot be written: of Node, and of the file system of the embedded engine (numbers of WASI). */
const fullCodes = ['ENOSPC', 'EDQUOT', 'EROFS'];
const fullNumbers = [19, 51, 69];
/** Corruption, internal errors, broken files, and tables that are missing or not ours. */
const damaged = [/^XX/, /^58/, /^F0/, /^42P01/, /^42703/, /^42P10/, /^3F000/];

/** The DatabaseError that says what `cause` means. */
export function databaseError(cause: unknown): DatabaseError {
  if (cause instanceof DatabaseError) return cause;
  const error = cause instanceof Error ? cause : new Error(String(cause));
  return new DatabaseError(codeOf(error), messageOf(error), { cause });
}

function codeOf(error: Error): DatabaseErrorCode {
  const code = 'code' in error ? String(error.code) : '';
  // SQLSTATE has a digit in each of its classes' codes, which no error of the network or the name service has.
  if (/^(?=.*\d)[0-9A-Z]{5}$/.test(code)) {
    if (full.some((one) => one.test(code))) return 'full';
    if (unavailable.some((one) => one.test(code))) return 'unavailable';
    return damaged.some((one) => one.test(code)) ? 'damaged' : 'failed';
  }
  if (fullCodes.includes(code)) return 'full';
  if (error.name === 'ErrnoError' && fullNumbers.includes((error as { errno?: number }).errno ?? 0)) return 'full';
  if (/^E[A-Z_]+$/.test(code) || /connect|terminated|timeout|closed/i.test(error.message)) return 'unavailable';
  // The embedded engine itself broke.
  if (error.name === 'RuntimeError' || error.name === 'ExitStatus' || /abort/i.test(error.message)) return 'damaged';
  return 'failed';
}

/** Runs what asks the driver, and makes of its failures what they mean. */
export async function asking<T>(driver: () => Promise<T>): Promise<T> {
  try {
    return await driver();
  } catch (error) {
    throw databaseError(error);
  }
}

function messageOf(error: Error): string {
  // Several addresses were tried: the message of the whole is empty.
  if (error instanceof AggregateError) return error.errors.map(String).join('; ');
  return error.message;
}
