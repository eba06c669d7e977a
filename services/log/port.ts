import type { Runtime } from './runtime.js';

/**
 * The log that Holdfast stands on: two ordered, append-only streams of one shard, `commands` and `events`.
 * Positions are dense from the stream's start, as Kafka's offsets are. Adapters pass the suite in `conformance.ts`.
 */
export const streamNames = ['commands', 'events'] as const;
export type StreamName = (typeof streamNames)[number];

/** The positions that a stream holds: from `start` up to, not including, `head`. */
export interface PositionRange {
  start: number;
  head: number;
}

export interface NewRecord {
  /** Of an event the id of its resource. SPEC rule 1. */
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
   * Appends in order and resolves once all are durable. A rejection is ambiguous: none, some or all may be there, now
   * or later. A large list may land in parts, in order, with others' records between.
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
  /** The room that it has. Absent where that is not for this process to know. */
  readonly space?: LogSpace;
  /** Says from now on what keeps it from being used. The result ends that. Absent where nothing can. */
  watch?(watcher: LogWatcher): () => void;
  /** Its timers: see Runtime. Absent where they are those of the process. */
  readonly after?: Runtime['after'];
  close(): Promise<void>;
}

/** Who uses a log, and is told what keeps it from that at the moment. */
export interface LogWatcher {
  /** What it reads. */
  streams: readonly StreamName[];
  /** Whether it appends to them, or depends on those who do. */
  appends: boolean;
  /** As Conditions.set; the parts are `broker` and `topics`. */
  set(part: string, reason: string | null): void;
  /** A stream is not there any more, so that nothing will be decided; null: it is there again. */
  gone(reason: string | null): void;
}

/**
 * What a log takes at the moment: all; what is urgent (renewals, releases, and ticks, by which leases end), from a
 * reserve; or nothing, not even a tick, so that no lease ends while nobody can renew.
 */
export type LogTakes = 'all' | 'urgent' | 'nothing';

/** The room of a log on a disk. */
export interface LogSpace {
  readonly takes: LogTakes;
  /** Why it does not take all or does not answer, and what to do; null where it does. */
  readonly reason: string | null;
  /** Free on its file system when that was last looked at, and left of its reserve. */
  readonly freeBytes: number;
  readonly reserveBytes: number;
  /** Looks again. To be called each second. Never rejects. */
  look(): Promise<void>;
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
  /** There is no room for it. Nothing was appended. */
  | 'full'
  /** Another process has the log. */
  | 'in-use'
  | 'closed'
  /** It does not answer now, and may later. */
  | 'unavailable'
  /** An event that this version does not know; the reader stops and is to be upgraded. */
  | 'unknown-event'
  /** The log contradicts itself; the shard stops. SPEC rule 6. */
  | 'corrupt'
  /**
   * It is gone, shorter than what was read, or another one: everybody stops, and nothing that was made from it is
   * dropped. SPEC rule 6.
   */
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
