import { LogError, type LogRecord, type Tail } from './port.js';

/** A stream in this process, for adapters that can read at once. */
export interface LocalStream {
  readonly name: string;
  readonly start: number;
  readonly head: number;
  /** At least one record from `position` on, which lies before the head; no more than `logLimits` allows. */
  read(position: number): LogRecord[];
  /** Calls back each time the head moved; the result ends that. */
  onGrowth(listener: () => void): () => void;
}

/** Calls listeners in the order in which they came. */
export class Growth {
  #listeners = new Set<() => void>();

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}

/** A tail that reads in bounded batches and wakes when its stream grows. */
export class LocalTail implements Tail {
  #closed = false;
  #wake: (() => void) | null = null;

  /** Throws LogError `out-of-range`. */
  constructor(
    private readonly stream: LocalStream,
    private position: number,
    private readonly onClose: (tail: LocalTail) => void,
  ) {
    this.#check();
  }

  async next(): Promise<LogRecord[] | null> {
    if (this.#wake !== null) throw new Error('a tail takes one call of next() at a time');
    while (!this.#closed) {
      this.#check();
      if (this.position < this.stream.head) {
        const records = this.stream.read(this.position);
        this.position += records.length;
        return records;
      }
      await this.#growth();
    }
    return null;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.();
    this.onClose(this);
  }

  async #growth(): Promise<void> {
    await new Promise<void>((resolve) => {
      const stop = this.stream.onGrowth(() => this.#wake?.());
      this.#wake = () => {
        stop();
        this.#wake = null;
        resolve();
      };
    });
  }

  #check(): void {
    const { name, start, head } = this.stream;
    if (Number.isInteger(this.position) && this.position >= start && this.position <= head) return;
    throw new LogError(
      'out-of-range',
      `${name} holds positions ${start} to ${head - 1}; ${this.position} was asked for`,
    );
  }
}
