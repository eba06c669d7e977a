import type { Runtime } from '@holdfast/log';
import { projectionLimits } from './limits.js';
import { ProjectionError } from './port.js';

interface Waiter {
  position: number;
  resolve(): void;
  reject(error: ProjectionError): void;
}

/** How far a projection has read, and who waits for it to come further. */
export class Watermark {
  #read = 0;
  #waiters = new Set<Waiter>();
  #ended: ProjectionError | null = null;

  /** Without a runtime there is no waiting: what was not read yet is behind at once. */
  constructor(private readonly runtime?: Pick<Runtime, 'after'>) {}

  get read(): number {
    return this.#read;
  }

  /** Whether anybody waits. */
  get awaited(): boolean {
    return this.#waiters.size > 0;
  }

  /** May also go back, where a read model is made anew. */
  move(read: number): void {
    this.#read = read;
    for (const waiter of [...this.#waiters]) if (waiter.position <= read) waiter.resolve();
  }

  /** Nothing more will be read: rejects who waits now and later. */
  end(error: ProjectionError): void {
    this.#ended ??= error;
    for (const waiter of [...this.#waiters]) waiter.reject(this.#ended);
  }

  /** Rejects with ProjectionError after `timeoutMs`; `why` makes it. */
  waitFor(
    position: number,
    timeoutMs: number = projectionLimits.waitMsMax,
    why: () => ProjectionError = () => behind(this.#read, position),
  ): Promise<void> {
    if (this.#read >= position) return Promise.resolve();
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const { runtime } = this;
    if (runtime === undefined) return Promise.reject(why());
    return new Promise((resolve, reject) => {
      const settle = (done: () => void) => {
        cancel();
        this.#waiters.delete(waiter);
        done();
      };
      const waiter: Waiter = {
        position,
        resolve: () => settle(resolve),
        reject: (error) => settle(() => reject(error)),
      };
      const cancel = runtime.after(timeoutMs, () => waiter.reject(why()));
      this.#waiters.add(waiter);
    });
  }
}

function behind(read: number, position: number): ProjectionError {
  return new ProjectionError('behind', `the read model has read up to ${read}, and ${position} was waited for`);
}
