import { LogError, type NewRecord } from './port.js';

/** Every limit of the log's own code. Adapters may have tighter ones, never looser. */
export const logLimits = {
  /** Largest record, key and value together. `max.message.bytes` of `commands` is the same. */
  recordBytesMax: 32 * 1024 * 1024,
  /** What one append collects from several callers. A single caller's list may be longer; it then goes alone. */
  appendRecordsMax: 10_000,
  appendBytesMax: 8 * 1024 * 1024,
  /** What one `Tail.next()` gives. One record may be larger than the bytes; it then comes alone. */
  tailRecordsMax: 250,
  tailBytesMax: 4 * 1024 * 1024,
  /**
   * Events that a feed reads before it lets the event loop turn: some milliseconds of work. Others read the same log at
   * the same time.
   */
  feedEventsPerTurnMax: 50,
  /** Strays of a stream that one process names in its log by their positions. */
  straysToldMax: 100,
} as const;

/**
 * How an embedded log keeps room in its file, in bytes where nothing else is said. See `services/log-lmdb/space.ts`.
 */
export const spaceLimits = {
  /** What is kept, and must be free besides, unless a setting says otherwise. */
  reserveBytes: 64 * 1024 * 1024,
  /** On a small file system the reserve is this part of it, at most. */
  partOfDisk: 16,
  /** For as many times what must be free, changes are taken again. */
  enoughAgain: 1.25,
  /** The file grows by so much at once, when it is looked at each second or as it is needed. */
  stepBytes: 4 * 1024 * 1024,
  writeBytes: 256 * 1024,
  /** Left alone by appends, so that a log can always be opened, which is a few commits of a few pages. */
  openingBytes: 512 * 1024,
  /** Pages of a commit besides those of its records: the ways to them in each tree. */
  commitBytes: 256 * 1024,
  /** A disk on which a commit takes longer does not answer, in milliseconds. */
  answerMs: 5_000,
} as const;

/** Throws LogError `too-large` where one of those has more bytes than a record may. */
export function requireFits(
  stream: string,
  records: readonly NewRecord[],
  max: number = logLimits.recordBytesMax,
): void {
  for (const record of records) {
    if (recordBytes(record) > max) throw new LogError('too-large', `a record of ${stream} has over ${max} bytes`);
  }
}

/** Bytes that count against the limits. */
export function recordBytes(record: { key: string; value: Uint8Array }): number {
  return record.value.byteLength + Buffer.byteLength(record.key);
}
