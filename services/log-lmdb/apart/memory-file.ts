import { closeSync, constants, ftruncateSync, openSync, read, unlinkSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { allocate } from '@holdfast/events/bytes';

const { O_CREAT, O_EXCL, O_RDWR } = constants;
const memory = '/dev/shm';
const keptBytesMax = 4 * 1024 * 1024;
const [readAt, writeAt] = [promisify(read), promisify(write)];

/**
 * A file in memory without a name, which two processes have open: a socket takes some hundred kilobytes at each turn of
 * the event loop, so that what is large would wait for many turns of a busy one, and all that comes behind it, too. It
 * holds one thing at a time.
 */
export class MemoryFile {
  #free: Promise<void> = Promise.resolve();
  #writing: Promise<unknown> = Promise.resolve();
  #kept = allocate(0);
  #closed = false;

  constructor(readonly descriptor: number) {}

  /** Null where the system has no place for it. */
  static make(): MemoryFile | null {
    const name = `${memory}/holdfast-${process.pid}-${Math.random().toString(36).slice(2)}`;
    try {
      const descriptor = openSync(name, O_CREAT | O_EXCL | O_RDWR, 0o600);
      unlinkSync(name);
      return new MemoryFile(descriptor);
    } catch {
      return null;
    }
  }

  /**
   * Resolves once what `fill` makes is in it, with what makes room for the next thing; undefined where there is no room
   * for it.
   */
  async put(length: number, fill: (bytes: Buffer) => void): Promise<(() => void) | undefined> {
    const before = this.#free;
    let done = () => {};
    this.#free = new Promise((resolve) => {
      done = resolve;
    });
    const release = () => {
      // By then the number may be another file's.
      if (!this.#closed) empty(this.descriptor);
      done();
    };
    await before;
    try {
      const bytes = this.#room(length);
      fill(bytes);
      for (let written = 0; written < bytes.length; ) {
        if (this.#closed) throw new Error('the file in memory is closed');
        const writing = writeAt(this.descriptor, bytes, written, bytes.length - written, written);
        this.#writing = writing.catch(() => {});
        written += (await writing).bytesWritten;
      }
      return release;
    } catch {
      release();
      return undefined;
    }
  }

  /**
   * One buffer for all, as no two are in it at a time: where each had its own, V8 would look at its whole heap for
   * them.
   */
  #room(length: number): Buffer {
    if (length > keptBytesMax) return allocate(length);
    if (this.#kept.length < length) this.#kept = allocate(Math.min(keptBytesMax, 2 * length));
    return this.#kept.subarray(0, length);
  }

  async read(length: number): Promise<Buffer> {
    const bytes = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await readAt(this.descriptor, bytes, done, length - done, done);
      if (bytesRead === 0) throw new Error(`the file in memory ends at byte ${done}, and ${length} were expected`);
      done += bytesRead;
    }
    return bytes;
  }

  /** Resolves once nothing writes to it any more: who waits for room gets none. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#writing;
    closeSync(this.descriptor);
  }
}

function empty(descriptor: number): void {
  try {
    ftruncateSync(descriptor, 0);
  } catch {
    // The next thing is written over it.
  }
}
