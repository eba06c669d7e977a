import { type LocalStream, LocalTail } from './local-tail.js';
import { LogError, type Tail } from './port.js';

/** What is under way on a log in this process: its tails, which its end ends, and work, for which that waits. */
export class LocalUse {
  #tails = new Set<LocalTail>();
  #working = new Set<Promise<unknown>>();
  #closed = false;

  /** `name`: as an error names the log. */
  constructor(private readonly name: string) {}

  /** Throws LogError `closed`. */
  assertOpen(): void {
    if (this.#closed) throw new LogError('closed', `${this.name} is closed`);
  }

  /** Throws LogError `closed`, or `out-of-range`. */
  tail(stream: LocalStream, position: number): Tail {
    this.assertOpen();
    const tail = new LocalTail(stream, position, (closed) => this.#tails.delete(closed));
    this.#tails.add(tail);
    return tail;
  }

  /** Settles as the work. Rejects with LogError `closed`. */
  async while<T>(work: () => Promise<T>): Promise<T> {
    this.assertOpen();
    const working = work();
    this.#working.add(working);
    try {
      return await working;
    } finally {
      this.#working.delete(working);
    }
  }

  /** From now on nothing begins. Resolves once what was begun is done. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const tail of [...this.#tails]) tail.close();
    await Promise.allSettled(this.#working);
  }
}
