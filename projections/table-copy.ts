import type { Database } from './database.js';
import { projectionLimits } from './limits.js';

const { copyBytesMin, copyBytesMax } = projectionLimits;

/**
 * Rows on their way into one table, by one COPY after another: while one is under way, the next is gathered. They wait
 * as bytes, outside of the heap: what lives there for longer than a moment is what clearing garbage away takes its time
 * for.
 */
export class TableCopy {
  #copy: NonNullable<Database['copy']>;
  #into: string;
  #waiting: Buffer[] = [];
  #bytes = 0;
  #underWay: Promise<void> | null = null;
  #failure: { error: unknown } | null = null;

  /** `into` as Database.copy has it. */
  constructor(copy: NonNullable<Database['copy']>, into: string) {
    this.#copy = copy;
    this.#into = into;
  }

  /** Takes rows in the text format of COPY. Resolves once it can take more; rejects where a COPY before has failed. */
  async add(rows: string): Promise<void> {
    const bytes = Buffer.from(rows);
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes >= copyBytesMin) this.#begin();
    if (this.#bytes >= copyBytesMax) await this.#underWay;
    this.#check();
  }

  /** Resolves once all that was taken is in the table; rejects as `add`. */
  async finish(): Promise<void> {
    while (this.#failure === null && (this.#bytes > 0 || this.#underWay !== null)) {
      this.#begin();
      await this.#underWay;
    }
    this.#check();
  }

  /** Resolves once nothing is under way, whether or not it failed. */
  async settled(): Promise<void> {
    while (this.#underWay !== null) await this.#underWay;
  }

  /** One COPY at a time: together they would come no further. */
  #begin(): void {
    if (this.#underWay !== null || this.#failure !== null) return;
    const rows = this.#waiting;
    [this.#waiting, this.#bytes] = [[], 0];
    this.#underWay = this.#copy(this.#into, rows)
      // Told to whoever asks next.
      .catch((error: unknown) => {
        this.#failure = { error };
      })
      .finally(() => {
        this.#underWay = null;
      });
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure.error;
  }
}
