import { logLimits, recordBytes } from './limits.js';
import { LogError, type NewRecord, type ShardLog, type StreamName } from './port.js';

interface PendingAppend {
  records: NewRecord[];
  bytes: number;
  resolve(): void;
  reject(error: LogError): void;
}

export interface GroupCommitLimits {
  appendRecordsMax: number;
  appendBytesMax: number;
}

/**
 * Group commit: while one append is in flight, the next collects. Appends land in the order of the calls.
 *
 * After an ambiguous append it goes on with the callers that had no part in it. That suits `commands`, where callers
 * are independent. An owner's `events` depend on those before them, and need what SPEC rule 9 says instead.
 */
export class GroupCommit {
  #waiting: PendingAppend[] = [];
  #running = false;

  constructor(
    private readonly log: Pick<ShardLog, 'append'>,
    private readonly stream: StreamName,
    private readonly limits: GroupCommitLimits = logLimits,
  ) {}

  /** Settles as ShardLog.append does. What is too large, or finds no room, fails its own caller only. */
  append(records: NewRecord[]): Promise<void> {
    if (records.length === 0) return Promise.resolve();
    const bytes = records.reduce((sum, record) => sum + recordBytes(record), 0);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, bytes, resolve, reject });
      if (this.#running) return;
      this.#running = true;
      // A microtask later, so that what is appended in the same turn goes together.
      queueMicrotask(() => void this.#run());
    });
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) await this.#append(this.#collect());
    this.#running = false;
  }

  #collect(): PendingAppend[] {
    let [count, records, bytes] = [0, 0, 0];
    for (const call of this.#waiting) {
      records += call.records.length;
      bytes += call.bytes;
      if (count > 0 && (records > this.limits.appendRecordsMax || bytes > this.limits.appendBytesMax)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  /** Never rejects. */
  async #append(calls: PendingAppend[]): Promise<void> {
    const records = calls.length === 1 ? calls[0]!.records : calls.flatMap((call) => call.records);
    try {
      await this.log.append(this.stream, records);
      for (const call of calls) call.resolve();
    } catch (cause) {
      const error = asLogError(cause);
      if ((error.code === 'too-large' || error.code === 'full') && calls.length > 1) {
        // Nothing was appended, so halving finds the one to blame without doubling the others.
        const half = calls.length >> 1;
        await this.#append(calls.slice(0, half));
        await this.#append(calls.slice(half));
        return;
      }
      for (const call of calls) call.reject(error);
    }
  }
}

function asLogError(cause: unknown): LogError {
  if (cause instanceof LogError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LogError('append-failed', `the append did not succeed for sure: ${why}`, { cause });
}
