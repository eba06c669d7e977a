import { type LogSpace, type LogTakes, spaceLimits } from '@holdfast/log';
import { notAnswering } from '../space.js';
import type { SpaceState } from './messages.js';
import type { WriterProcess } from './writer-process.js';

/** The room of a log that another process writes, as that one told it last. */
export class ApartSpace implements LogSpace {
  state: SpaceState = { takes: 'all', reason: null, freeBytes: 0, reserveBytes: 0 };
  /** Why there is nobody who writes, or null. */
  unavailable: string | null = null;
  #looking = false;

  constructor(
    private readonly directory: string,
    private readonly writer: () => WriterProcess | null,
  ) {}

  get takes(): LogTakes {
    return this.unavailable === null ? this.state.takes : 'nothing';
  }

  get reason(): string | null {
    if (this.unavailable !== null) return this.unavailable;
    const waitingMs = this.writer()?.waitingMs ?? 0;
    return waitingMs > spaceLimits.answerMs ? notAnswering(this.directory, waitingMs) : this.state.reason;
  }

  get freeBytes(): number {
    return this.state.freeBytes;
  }

  get reserveBytes(): number {
    return this.state.reserveBytes;
  }

  async look(): Promise<void> {
    const writer = this.writer();
    if (writer === null || this.#looking) return;
    this.#looking = true;
    // What it found comes with the answer. One that has ended is told otherwise.
    await writer.look().catch(() => {});
    this.#looking = false;
  }
}
