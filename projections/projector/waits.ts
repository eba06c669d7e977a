import type { Runtime } from '@holdfast/log';

/** What a projector waits for, one thing at a time. */
export class Waits {
  #end: () => void = () => {};

  constructor(private readonly runtime: Pick<Runtime, 'after'>) {}

  /** Ends what is waited for now. */
  cutShort(): void {
    this.#end();
  }

  pause(ms: number): Promise<void> {
    let end = () => {};
    const paused = new Promise<void>((resolve) => {
      const cancel = this.runtime.after(ms, resolve);
      end = () => {
        cancel();
        resolve();
      };
    });
    return this.until(paused, end);
  }

  /** What `done` comes to, which `end` brings about early. */
  async until<T>(done: Promise<T>, end: () => void): Promise<T> {
    this.#end = end;
    try {
      return await done;
    } finally {
      this.#end = () => {};
    }
  }
}
