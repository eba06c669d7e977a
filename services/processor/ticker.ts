import type { Reading } from '@holdfast/events';
import type { Group, Runtime } from '@holdfast/log';

/** What the ticks of one gateway tell of its monotonic clock. SPEC rule 10. */
export class Ticker {
  /** Made with the first. */
  #name: string | null = null;
  #last: Reading['last'] = null;

  constructor(private readonly runtime: Pick<Runtime, 'steady' | 'uuid'>) {}

  /** For a tick that is appended at once. Null where there is no clock. */
  read(): Reading | null {
    const { steady } = this.runtime;
    if (steady === undefined) return null;
    this.#name ??= this.runtime.uuid();
    return { ticker: this.#name, boot: steady.boot, ms: Math.floor(steady.ms()), last: this.#last };
  }

  /**
   * A group was read back: what it says of this ticker is what is remembered of it. The reading is of now, after the
   * tick was appended, rounded up: so it never tells of time that passed before.
   */
  onGroup({ stamp, events }: Group): void {
    const { steady } = this.runtime;
    if (this.#name === null || steady === undefined) return;
    for (const { event } of events) {
      if (event.type !== 'engine.TickerHeard' || event.ticker !== this.#name) continue;
      const { position } = event;
      if (position === stamp.commandPosition) this.#last = { position, ms: Math.ceil(steady.ms()) };
    }
  }
}
