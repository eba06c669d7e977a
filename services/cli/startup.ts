import type { Readiness } from '@holdfast/api';
import type { Conditions, Runtime } from '@holdfast/log';
import type { Shard } from '@holdfast/shard';
import { Progress } from './progress.js';

/** Whether a process is ready, and until then how far it has come. */
export class Startup {
  #reading: Progress | null = null;
  #waitsFor = 'the log is read: beginning to serve';
  #done = false;

  constructor(
    private readonly shard: Pick<Shard, 'stopped' | 'feed' | 'readsFeed' | 'projecting'>,
    private readonly runtime: Pick<Runtime, 'now'>,
    private readonly conditions: Pick<Conditions, 'reasons'>,
  ) {}

  /** The log is read from now on; it goes up to this position. */
  readonly begin = (head: number): void => {
    this.#reading = new Progress(this.#read, head, this.runtime.now());
  };

  /** The log was read; what else is to come. */
  waitFor(what: string): void {
    this.#waitsFor = what;
  }

  done(): void {
    this.#done = true;
  }

  /** Why it is not ready: what has to be seen to, if there is anything, before how far it has come. */
  progress(): string {
    return [...this.conditions.reasons, this.#step].join('; ');
  }

  get #step(): string {
    if (this.#reading === null) return 'opening the log';
    // What came since it began to read is more than it had to read.
    if (this.#read >= this.#reading.of) return this.#waitsFor;
    return `reading the log: ${this.#reading.tell(this.#read, this.runtime.now())}`;
  }

  ready(): Readiness {
    const { stopped } = this.shard;
    if (stopped.length > 0) return { ready: false, reasons: stopped };
    const reasons = [...this.conditions.reasons, ...(this.#done ? [] : [this.#step])];
    return { ready: reasons.length === 0, reasons };
  }

  /** Position that all who read the log have come to. */
  get #read(): number {
    const { feed, readsFeed, projecting } = this.shard;
    return Math.min(...(readsFeed ? [feed.position] : []), ...(projecting ? [projecting.read] : []));
  }
}
