import { nodeRuntime } from './node-runtime.js';
import { LogError, type LogRecord, type ShardLog, type StreamName } from './port.js';

/** A part of a stream, up to (not including) a head that was looked up. */
export interface Stretch {
  stream: StreamName;
  from: number;
  to: number;
}

/** How long a tail may give nothing before the head is looked up again, in milliseconds. */
const silentMs = 1_000;

/** Puts an end to the wait for the next records, of which the first is to be at this position. */
export type WaitEnd = <T>(next: Promise<T>, position: number) => Promise<T>;

/**
 * The records of a stretch. A log that loses its tail while it is read will never give the rest: that is noticed, as
 * LogError `lost`, rather than waited for. One that is unavailable is waited for, unless `inTime` ends that. SPEC rule
 * 6.
 */
export async function* recordsOf(
  log: ShardLog,
  { stream, from, to }: Stretch,
  inTime: WaitEnd = (next) => next,
): AsyncGenerator<LogRecord[]> {
  if (from >= to) return;
  const tail = log.tail(stream, from);
  try {
    for (let position = from; position < to; ) {
      const records = await unlessLost(log, { stream, to }, inTime(tail.next(), position));
      if (records === null) throw new LogError('closed', 'the log was closed under its reader');
      const wanted = records.slice(0, to - position);
      position += wanted.length;
      yield wanted;
    }
  } finally {
    tail.close();
  }
}

/**
 * What comes of `work`, which reads a stream up to a head that was looked up before. Rejects with LogError `lost` once
 * the stream ends before that: what is gone would be waited for until somebody appends.
 */
export async function unlessLost<T>(
  log: ShardLog,
  { stream, to }: Pick<Stretch, 'stream' | 'to'>,
  work: Promise<T>,
): Promise<T> {
  const { after = nodeRuntime.after } = log;
  // Once the loss is told nobody waits for it any more: its own rejection must not count as one that nobody handles.
  work.catch(() => {});
  for (;;) {
    const silent = Symbol('nothing came');
    let cancel = () => {};
    const waited = new Promise<typeof silent>((resolve) => {
      cancel = after(silentMs, () => resolve(silent));
    });
    const first = await Promise.race([work, waited]).finally(cancel);
    if (first !== silent) return first as T;
    // A log that is unavailable says nothing of its head either: that is waited for, as before.
    const head = await log.head(stream).catch(() => to);
    if (head < to) throw lostWhileRead(log.shard, stream, to, head);
  }
}

function lostWhileRead(shard: string, stream: StreamName, to: number, head: number): LogError {
  const found = `${stream} went up to position ${to}, and now ends at ${head}: it lost its tail while it was read`;
  return new LogError(
    'lost',
    `shard ${shard}: the log is lost: ${found}. Nothing was dropped or made. Put that log back`,
  );
}
