import { crc32 } from 'node:zlib';
import type { Database } from 'lmdb';

/** Records whose checksums stand together, at most. */
export const recordsTogether = 1_000;
const checksumBytes = 4;

/**
 * A CRC-32 of each record's frame and position. LMDB has none, and the frame has no room for one that versions before
 * this would pass over, so they stand beside: by the position of the first record of an append, four bytes each,
 * big-endian. What a version before this appended has none, and is taken as it is.
 */
export class Checksums {
  /** The ones last read: a reader comes in order. */
  #from = 0;
  #read: Buffer = Buffer.alloc(0);

  constructor(private readonly db: Database<Buffer, number>) {}

  /** Within the batch that writes the frames. */
  write(first: number, frames: Buffer[], failed: () => void): void {
    for (let from = 0; from < frames.length; from += recordsTogether) {
      const part = frames.slice(from, from + recordsTogether);
      const sums = Buffer.alloc(part.length * checksumBytes);
      part.forEach((frame, n) => void sums.writeUInt32BE(checksum(frame, first + from + n), n * checksumBytes));
      void this.db.put(first + from, sums).catch(failed);
    }
  }

  /** Bytes that they add to a commit. */
  bytes(records: number): number {
    return records * checksumBytes;
  }

  /** False where the record is not what was appended at that position. */
  matches(frame: Buffer, position: number): boolean {
    const at = (position - this.#at(position)) * checksumBytes;
    return at + checksumBytes > this.#read.length || this.#read.readUInt32BE(at) === checksum(frame, position);
  }

  /** The positions of those that are for records below `start` only, some of them. */
  below(start: number, limit: number): number[] {
    const found = [...this.db.getRange({ end: start, limit })];
    return found.filter(({ key, value }) => key + value.length / checksumBytes <= start).map(({ key }) => key);
  }

  remove(key: number, failed: () => void): void {
    void this.db.remove(key).catch(failed);
  }

  /** Makes those of that position the ones read, and gives the first position of them. */
  #at(position: number): number {
    const held = this.#read.length / checksumBytes;
    if (position >= this.#from && position < this.#from + held) return this.#from;
    const [found] = this.db.getRange({ start: position, reverse: true, limit: 1 });
    this.#from = found?.key ?? position;
    this.#read = found?.value ?? Buffer.alloc(0);
    return this.#from;
  }
}

function checksum(frame: Buffer, position: number): number {
  // The position is where the sum begins, so that a record in another's place does not match.
  return crc32(frame, position >>> 0);
}
