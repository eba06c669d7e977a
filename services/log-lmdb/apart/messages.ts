import { LogError, type LogErrorCode, type LogTakes, type NewRecord, type StreamName } from '@holdfast/log';
import type { OwnLmdbLog } from '../options.js';

/*
 * What a service and the process that writes its log say to each other. The records of an append come behind the
 * message, or in the file in memory.
 */

export type WriterRequest =
  | { do: 'append'; id: number; stream: StreamName; bytes: number; inMemory: boolean }
  | { do: 'trim'; id: number; before: number }
  /** Look at the space. */
  | { do: 'look'; id: number }
  | { do: 'close'; id: number };

export type Ends = OwnLmdbLog['ends'];

/** As LogSpace. */
export interface SpaceState {
  takes: LogTakes;
  reason: string | null;
  freeBytes: number;
  reserveBytes: number;
}

export interface WriterState {
  ends: Ends;
  space: SpaceState;
}

export type WriterReport =
  /** `readers`: as OwnLmdbLog. */
  | ({ is: 'open'; readers: string | null } & WriterState)
  | { is: 'refused'; error: SentError }
  | ({ is: 'done'; id: number } & WriterState)
  | ({ is: 'failed'; id: number; error: SentError } & WriterState)
  /** Somebody else has the log, or it is gone. */
  | { is: 'lost'; error: SentError }
  | { is: 'said'; level: 'info' | 'warn' | 'error'; details: object; message: string }
  | { is: 'condition'; part: string; reason: string | null };

export interface SentError {
  /** Of a LogError. */
  log: LogErrorCode | null;
  /** Of the system. */
  code: string | null;
  message: string;
}

export function sentError(error: unknown): SentError {
  const { message, code }: NodeJS.ErrnoException = error instanceof Error ? error : new Error(String(error));
  return error instanceof LogError
    ? { log: error.code, code: null, message }
    : { log: null, code: code ?? null, message };
}

export function errorOf({ log, code, message }: SentError): Error {
  if (log !== null) return new LogError(log, message);
  return Object.assign(new Error(message), code === null ? {} : { code });
}

/** Of each record: lengths of key and value, 4 bytes each, little-endian, then both. */
const headBytes = 8;

export function bytesOf(records: readonly NewRecord[]): number {
  return records.reduce((sum, { key, value }) => sum + headBytes + Buffer.byteLength(key) + value.byteLength, 0);
}

/** Into as many bytes as they have. */
export function packRecords(records: readonly NewRecord[], packed: Buffer): void {
  let at = 0;
  for (const { key, value } of records) {
    const keyBytes = packed.write(key, at + headBytes);
    packed.writeUInt32LE(keyBytes, at);
    packed.writeUInt32LE(value.byteLength, at + 4);
    packed.set(value, at + headBytes + keyBytes);
    at += headBytes + keyBytes + value.byteLength;
  }
}

/** The values are views of `packed`. */
export function unpackRecords(packed: Buffer): NewRecord[] {
  const records: NewRecord[] = [];
  for (let at = 0; at < packed.length; ) {
    const valueAt = at + headBytes + packed.readUInt32LE(at);
    const end = valueAt + packed.readUInt32LE(at + 4);
    records.push({ key: packed.toString('utf8', at + headBytes, valueAt), value: packed.subarray(valueAt, end) });
    at = end;
  }
  return records;
}
