import type { Codec, Command, DecodedCommand, Event, Stamp } from '@holdfast/events';
import { decodeEvent, type Group, GroupReader, type LogRecord, type ShardLog, type StreamName } from '@holdfast/log';

/** A command as it stands in the log, and what a reader that begins at the log's start accepts as its group. */
export interface Step {
  position: number;
  /** The log's clock, milliseconds since 1970. */
  appendTime: number;
  command: DecodedCommand<Command>;
  group: { stamp: Stamp; events: Event[]; sequence: number } | null;
}

/**
 * Every command below `end`, in order. `events` is read up to its head, so all that was decided by now is there. Throws
 * LogError `corrupt` where the log contradicts itself, which includes a command that was decided twice.
 */
export async function* stepsOf(log: ShardLog, codec: Codec, end: number): AsyncGenerator<Step> {
  const groups = accepted(log, codec);
  let next = await groups.next();
  for await (const { position, appendTime, value } of records(log, 'commands', end)) {
    const command = codec.decodeCommand(value);
    const group = !next.done && next.value.stamp.commandPosition === position ? next.value : null;
    if (group !== null) next = await groups.next();
    yield { position, appendTime, command, group: group && plain(group) };
  }
  await groups.return(undefined);
}

async function* accepted(log: ShardLog, codec: Codec): AsyncGenerator<Group, undefined> {
  const reader = new GroupReader(log.shard);
  for await (const record of records(log, 'events', await log.head('events'))) {
    const { position } = record;
    const group = reader.take({ position, event: decodeEvent(codec, log.shard, record) });
    if (group !== null) yield group;
  }
}

async function* records(log: ShardLog, stream: StreamName, end: number): AsyncGenerator<LogRecord> {
  const tail = log.tail(stream, await log.start(stream));
  try {
    for (let position = 0; position < end; ) {
      const batch = await tail.next();
      if (batch === null) throw new Error(`${stream} was closed under its reader`);
      for (const record of batch) if (record.position < end) yield record;
      position = batch.at(-1)!.position + 1;
    }
  } finally {
    tail.close();
  }
}

function plain({ stamp, events, sequence }: Group): Step['group'] {
  return { stamp, sequence, events: events.map(({ event }) => event) };
}
