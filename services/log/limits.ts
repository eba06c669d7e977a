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

/** How an embedded log keeps room in its file, in bytes unless something else is said. See `log-lmdb/space.ts`. */
export const spaceLimits = {
  /** The reserve that is kept, and as much must be free besides, unless a setting says otherwise. */
  reserveBytes: 64 * 1024 * 1024,
  /** On a small file system the reserve is this part of it, at most. */
  partOfDisk: 16,
  /** Changes are taken again once this many times what must be free is free. */
  enoughAgain: 1.25,
  /** The file grows by so much at a time, where it has not got its reserve. */
  stepBytes: 4 * 1024 * 1024,
  /** In writes of so much, of which there is one at least. */
  writeBytes: 256 * 1024,
  /** Left alone by appends, so that a log can always be opened, which is a few commits of a few pages. */
  openingBytes: 512 * 1024,
  /** Of a commit besides the pages of its records: those that lead to them in each tree. */
  commitBytes: 256 * 1024,
  /** A disk on which a commit takes longer does not answer, in milliseconds. */
  answerMs: 5_000,
} as const;

/** Throws LogError `too-large` where one of these has more bytes than a record may. */
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
