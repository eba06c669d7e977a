/**
 * The log that Holdfast stands on: two ordered, append-only streams of one shard, `commands` and `events`.
 * Positions are dense from the stream's start, as Kafka's offsets are. Adapters pass the suite in `conformance.ts`.
 */
export const streamNames = ['commands', 'events'] as const;
export type StreamName = (typeof streamNames)[number];

export interface NewRecord {
  /** The resource, e.g. an xname. */
  key: string;
  value: Uint8Array;
}

export interface LogRecord extends NewRecord {
  position: number;
  /** When the log took it, in milliseconds since 1970: the log's clock, never the appender's. */
  appendTime: number;
}

/** One shard of a log. */
export interface ShardLog {
  readonly shard: string;
  /** True where the log admits one process only, so that an owner may claim at once. SPEC rule 5. */
  readonly exclusive: boolean;
  /**
   * Appends in order and resolves once all are durable. A rejection is ambiguous: none, some or all may be there, now or
   * later. A large list may land in parts, in order, with others' records between.
   */
  append(stream: StreamName, records: NewRecord[]): Promise<void>;
  /** The position after the last durable record, looked up after the call began. */
  head(stream: StreamName): Promise<number>;
  /** The first position still held. */
  start(stream: StreamName): Promise<number>;
  /** Reads from `position` on. Throws LogError `out-of-range` before the start or past the head. */
  tail(stream: StreamName, position: number): Tail;
  /** Removes commands below `before` that are past their retention. Absent where the log does so by itself. */
  trim?(stream: 'commands', before: number): Promise<unknown>;
  close(): Promise<void>;
}

/** A reader of one stream that waits at the head. */
export interface Tail {
  /** The next records, at least one, in order and without a hole; null once closed. Only one call at a time. */
  next(): Promise<LogRecord[] | null>;
  close(): void;
}

export type LogErrorCode =
  /** A position before the log's start or past its head. */
  | 'out-of-range'
  /** The append did not wholly succeed: ambiguous. */
  | 'append-failed'
  /** A record larger than the log takes. Nothing was appended. */
  | 'too-large'
  /** Another process has the log. */
  | 'in-use'
  | 'closed'
  /** An event that this version does not know; the reader stops and is to be upgraded. */
  | 'unknown-event'
  /** The log contradicts itself; the shard stops. SPEC rule 6. */
  | 'corrupt'
  /** It is gone, shorter than what was read, or another one: everybody stops, and nothing that was made from it is dropped. SPEC rule 6. */
  | 'lost';

export class LogError extends Error {
  constructor(
    readonly code: LogErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'LogError';
  }
}
