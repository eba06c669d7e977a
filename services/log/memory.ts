import { logLimits, recordBytes, requireFits } from './limits.js';
import { Growth, type LocalStream } from './local-tail.js';
import { LocalUse } from './local-use.js';
import type { LogRecord, NewRecord, ShardLog, StreamName, Tail } from './port.js';
import type { Runtime } from './runtime.js';

export interface MemoryLogOptions {
  shard: string;
  /** Its clock gives the append times, as it is: a clock may step back. */
  runtime: Pick<Runtime, 'now'>;
  /** See ShardLog. Default: false. */
  exclusive?: boolean;
  recordBytesMax?: number;
}

/**
 * A log in memory. `open` gives another handle on the same records, as another process would have; closing one leaves
 * the others open.
 */
export class MemoryLog implements ShardLog {
  readonly shard: string;
  readonly exclusive: boolean;
  #options: MemoryLogOptions;
  #streams: Record<StreamName, MemoryStream>;
  #use: LocalUse;

  constructor(options: MemoryLogOptions, sharing?: MemoryLog) {
    this.shard = options.shard;
    this.exclusive = options.exclusive ?? false;
    this.#options = options;
    this.#use = new LocalUse(`the log of ${options.shard}`);
    this.#streams = sharing
      ? sharing.#streams
      : { commands: new MemoryStream('commands'), events: new MemoryStream('events') };
  }

  /** Another handle on the same records. */
  open(): MemoryLog {
    return new MemoryLog(this.#options, this);
  }

  async append(stream: StreamName, records: NewRecord[]): Promise<void> {
    this.#use.assertOpen();
    requireFits(stream, records, this.#options.recordBytesMax);
    if (records.length > 0) this.#streams[stream].append(records, this.#options.runtime.now());
  }

  async head(stream: StreamName): Promise<number> {
    this.#use.assertOpen();
    return this.#streams[stream].head;
  }

  async start(stream: StreamName): Promise<number> {
    this.#use.assertOpen();
    return this.#streams[stream].start;
  }

  tail(stream: StreamName, position: number): Tail {
    return this.#use.tail(this.#streams[stream], position);
  }

  /** Forgets the commands below `before`. `events` is kept for ever. */
  async trim(stream: 'commands', before: number): Promise<void> {
    this.#use.assertOpen();
    this.#streams[stream].trim(before);
  }

  close(): Promise<void> {
    return this.#use.close();
  }
}

class MemoryStream implements LocalStream {
  start = 0;
  #records: LogRecord[] = [];
  #growth = new Growth();

  constructor(readonly name: StreamName) {}

  get head(): number {
    return this.start + this.#records.length;
  }

  append(records: NewRecord[], appendTime: number): void {
    for (const { key, value } of records) {
      // A copy, as any other log makes one: the appender may use its buffer again.
      this.#records.push({ key, value: value.slice(), position: this.head, appendTime });
    }
    this.#growth.tell();
  }

  read(position: number): LogRecord[] {
    const records: LogRecord[] = [];
    let bytes = 0;
    for (let i = position - this.start; i < this.#records.length; i++) {
      const record = this.#records[i]!;
      bytes += recordBytes(record);
      if (records.length > 0 && bytes > logLimits.tailBytesMax) break;
      records.push({ ...record });
      if (records.length === logLimits.tailRecordsMax) break;
    }
    return records;
  }

  trim(before: number): void {
    const upTo = Math.min(Math.max(before, this.start), this.head);
    this.#records.splice(0, upTo - this.start);
    this.start = upTo;
  }

  onGrowth(listener: () => void): () => void {
    return this.#growth.listen(listener);
  }
}
