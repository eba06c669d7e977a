import { LogError, type LogRecord, type PositionRange, recordsOf, type ShardLog, type StreamName } from '@holdfast/log';

/** Both streams of one shard as they were at one moment: of a log, or of an export of it. */
export interface LogSource {
  shard: string;
  ranges: Record<StreamName, PositionRange>;
  /** The records from `position` on, up to the head of that moment. */
  read(stream: StreamName, position: number): AsyncIterable<LogRecord[]>;
}

/** A log that holds more and gives nothing for so long is unavailable. */
const silentMsMax = 30_000;

/**
 * A log up to its present heads; what is appended meanwhile is left out. One that goes away is a LogError
 * `unavailable`, one that loses its tail `lost`.
 */
export async function logSource(log: ShardLog, silentMs: number = silentMsMax): Promise<LogSource> {
  // Events first, so that each command that they name is below the head of the commands.
  const events = { start: await log.start('events'), head: await log.head('events') };
  const ranges = { events, commands: { start: await log.start('commands'), head: await log.head('commands') } };
  const read = (stream: StreamName, position: number) =>
    recordsOf(log, { stream, from: position, to: ranges[stream].head }, (next, at) =>
      inTime(next, silentMs, `${stream} gave nothing from position ${at} on`),
    );
  return { shard: log.shard, ranges, read };
}

async function inTime<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new LogError('unavailable', `the log could not be read to its end: ${what} for ${ms / 1_000} s`);
    timer = setTimeout(() => reject(error), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
