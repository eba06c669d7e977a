import type { Conditions, LogError, Logger, LogSpace, Runtime, ShardLog, StreamName } from '@holdfast/log';
import type { Looked } from './pages.js';

export interface LmdbLogOptions {
  /** Made if missing. Must be on a local disk. */
  directory: string;
  shard: string;
  /** Its clock gives the append times, where this process writes. */
  runtime: Runtime;
  /** Younger commands are never trimmed. Default: 7 days. SPEC rule 1. */
  commandsRetentionMs?: number;
  /** Take a file system that other hosts or mounts may write to around the kernel's lock. Default: no. */
  allowNetworkFs?: boolean;
  /** Where it says what an operator should know. Default: nowhere. */
  logger?: Logger;
  conditions?: Pick<Conditions, 'set'>;
  /**
   * How many of its pages are looked at before anything is read: a bounded part by default, as a start should not take
   * the longer the longer the log is.
   */
  look?: Looked;
  /** Room to be kept in the file, and to be free besides: see FileSpaceOptions. Default: none. */
  reserveBytes?: number;
}

/** Of one that this process writes itself, maybe for another. */
export interface OwnLmdbLogOptions extends LmdbLogOptions {
  /** Process id of the one that the directory is had for. Default: this one's. */
  service?: number;
  /** The log file, open, where that one has taken its lock. */
  locked?: number;
  /** Is told once that somebody else has the log, or that it is gone. */
  onLost?: (error: LogError) => void;
}

/** The embedded log: one shard in one LMDB file, for one process. */
export interface LmdbLog extends ShardLog {
  /**
   * Removes the commands below `before` that are older than the retention; gives the new start. `events` is kept for
   * ever.
   */
  trim(stream: 'commands', before: number): Promise<number>;
  readonly space: LogSpace;
}

/** One that this process writes itself. */
export interface OwnLmdbLog extends LmdbLog {
  /** The file in memory in which those who read it are entered, or null. */
  readonly readers: string | null;
  /** Of each stream as they are, also of a log that is lost. */
  readonly ends: Record<StreamName, { start: number; head: number }>;
  /** Closes it as one that was left: its reader ended, and what it met may be damage. See ends.ts. */
  abandon(): Promise<void>;
}
