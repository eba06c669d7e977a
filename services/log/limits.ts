/** Every limit of the log's own code. Adapters may have tighter ones, never looser. */
export const logLimits = {
  /** Largest record, key and value together. `max.message.bytes` of `commands` is the same. */
  recordBytesMax: 32 * 1024 * 1024,
  /** What one append collects from several callers. A single caller's list may be longer; it then goes alone. */
  appendRecordsMax: 10_000,
  appendBytesMax: 8 * 1024 * 1024,
  /** What one `Tail.next()` gives. One record may be larger than the bytes; it then comes alone. */
  tailRecordsMax: 1_000,
  tailBytesMax: 4 * 1024 * 1024,
  /** Events that a feed reads before it lets the event loop turn: some milliseconds of work. */
  feedEventsPerTurnMax: 2_000,
  /** Strays of a stream that one process names in its log by their positions. */
  straysToldMax: 100,
} as const;

/** Bytes that count against the limits. */
export function recordBytes(record: { key: string; value: Uint8Array }): number {
  return record.value.byteLength + Buffer.byteLength(record.key);
}
