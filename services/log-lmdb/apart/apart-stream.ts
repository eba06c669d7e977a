import { Growth, type LocalStream, type LogRecord, type StreamName } from '@holdfast/log';
import type { SharedLogFile } from './reading.js';

/** One stream as the process that writes has told it: nothing is read past the head that it told. */
export class ApartStream implements LocalStream {
  #start = 0;
  #head = 0;
  #lost: Error | null = null;
  #growth = new Growth();

  constructor(
    readonly name: StreamName,
    private readonly reading: () => Pick<SharedLogFile, 'read'>,
  ) {}

  get start(): number {
    return this.#start;
  }

  /** Throws LogError once the log is lost: then nothing is read of it, either. */
  get head(): number {
    if (this.#lost !== null) throw this.#lost;
    return this.#head;
  }

  /** The head that was told, also of a log that is lost. */
  get end(): number {
    return this.#head;
  }

  read(position: number): LogRecord[] {
    return this.reading().read(this.name, position, this.head);
  }

  onGrowth(listener: () => void): () => void {
    return this.#growth.listen(listener);
  }

  move({ start, head }: { start: number; head: number }): void {
    const moved = head !== this.#head;
    [this.#start, this.#head] = [start, head];
    if (moved) this.#growth.tell();
  }

  lose(error: Error): void {
    this.#lost = error;
    this.#growth.tell();
  }
}
