import { type LogRecord, logLimits, recordBytes } from '@holdfast/log';

/** Records between the consumer, which brings what the broker sends, and `next()`, which takes bounded lists. */
export class ConsumerBuffer {
  #records: LogRecord[] = [];
  #from = 0;
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#from === this.#records.length;
  }

  push(record: LogRecord): void {
    this.#records.push(record);
    this.#bytes += recordBytes(record);
  }

  /** The first records, at least one, no more than `logLimits` allows. Not while empty. */
  take(): LogRecord[] {
    let end = this.#from;
    let bytes = 0;
    while (end < this.#records.length && end - this.#from < logLimits.tailRecordsMax) {
      const size = recordBytes(this.#records[end]!);
      if (end > this.#from && bytes + size > logLimits.tailBytesMax) break;
      bytes += size;
      end++;
    }
    const taken = this.#records.slice(this.#from, end);
    this.#bytes -= bytes;
    this.#from = end;
    if (this.empty) [this.#records, this.#from] = [[], 0];
    return taken;
  }
}
