/** Where snapshots are kept. They only spare work: whoever finds none, or a damaged one, reads the log instead. */
export interface SnapshotStore {
  /** Names of what is there, newest first. */
  list(): Promise<string[]>;
  /** The bytes of one, in pieces. */
  read(name: string): AsyncIterable<Uint8Array>;
  /** Keeps one; whole and durable when it resolves. A crash half way may leave a part, under that name or none. */
  write(name: string, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  remove(name: string): Promise<void>;
}
