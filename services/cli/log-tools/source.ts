import { LogError, type LogRecord, type ShardLog, type StreamName } from '@holdfast/log';

/** Positions held: from `start` up to, not including, `head`. */
export interface Range {
  start: number;
  head: number;
}

/** Both streams of one shard as they were at one moment: of a log, or of an export of it. */
export interface LogSource {
  shard: string;
  ranges: Record<StreamName, Range>;
  /** The records from `position` on, up to the head of that moment. */
  read(stream: StreamName, position: number): AsyncIterable<LogRecord[]>;
}

/** A log up to its present heads; what is appended meanwhile is left out. */
export async function logSource(log: ShardLog): Promise<LogSource> {
  // Events first, so that each command that they name is below the head of the commands.
  const events = { start: await log.start('events'), head: await log.head('events') };
  const ranges = { events, commands: { start: await log.start('commands'), head: await log.head('commands') } };
  return { shard: log.shard, ranges, read: (stream, position) => upTo(log, stream, position, ranges[stream].head) };
}

async function* upTo(log: ShardLog, stream: StreamName, position: number, head: number): AsyncGenerator<LogRecord[]> {
  if (position >= head) return;
  const tail = log.tail(stream, position);
  try {
    for (let next = position; next < head; ) {
      const records = await tail.next();
      if (records === null) throw new LogError('closed', 'the log was closed under its reader');
      const wanted = records.slice(0, head - next);
      next += wanted.length;
      yield wanted;
    }
  } finally {
    tail.close();
  }
}
