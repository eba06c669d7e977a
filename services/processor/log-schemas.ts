import { isDeepStrictEqual } from 'node:util';
import { type Codec, isSelfFramed, type RecordedSchema } from '@holdfast/events';
import { type Checkpoint, GroupReader, LogError, recordsOf, type ShardLog, takeRecord } from '@holdfast/log';
import { firstCommand } from './command-log.js';

type Schemas = readonly RecordedSchema[];

/*
 * What the ids in a log mean, found before anything in it is decoded. SPEC rule 13.
 *
 * The log's own record of schemas counts once its group is accepted, as any event; but to accept what is before it, ids
 * must be read. So a record is first a candidate: it is found by its head, which no registry is needed for, and whoever
 * then reads the log from its start with it comes to the record that counts, and stops where that says something else.
 * A log begins with the record, and its first group follows from its first command alone, whoever decided it: there
 * nothing more is looked at. In a log that was raised later the record may be anywhere, and that of a writer whose
 * groups are void may be before it: where candidates contradict one another, each is tried.
 */

/**
 * Finds it for a reader that goes on from `from` (null: the log's start); null where the log has none. Throws LogError.
 */
export async function findSchemas(
  log: ShardLog,
  codecWith: (schemas: Schemas) => Codec,
  from: Checkpoint | null,
): Promise<Schemas | null> {
  if (from?.form !== undefined && from.form.schemas.length > 0) return from.form.schemas;
  const candidates = await candidatesIn(log, codecWith([]), from?.resume ?? (await log.start('events')));
  const [only, ...others] = candidates;
  if (only === undefined) return begunWith(log, codecWith([]));
  if (others.every((other) => agree(only, other))) return candidates.at(-1)!;
  for (const candidate of candidates) {
    if (await counts(log, codecWith, candidate, from)) return candidate;
  }
  const why = `shard ${log.shard}: ${candidates.length} records say what ids mean, and the log can be read with none of them`;
  throw new LogError('corrupt', why);
}

/**
 * What the log's first command says of a log in which nothing is decided yet; null where that is not there, or says
 * nothing.
 */
export async function begunWith(log: ShardLog, codec: Codec): Promise<Schemas | null> {
  if ((await log.start('commands')) > 0 || (await log.head('commands')) === 0) return null;
  const first = await firstCommand(log);
  if (first === null || !isSelfFramed(first.value)) return null;
  const { command } = codec.decodeCommand(first.value);
  return command.type === 'engine.CommandLogStarted' && command.schemas.length > 0 ? command.schemas : null;
}

/** All that differ, in the order of the log. */
async function candidatesIn(log: ShardLog, codec: Codec, from: number): Promise<Schemas[]> {
  const candidates: Schemas[] = [];
  for await (const records of recordsOf(log, { stream: 'events', from, to: await log.head('events') })) {
    for (const { value } of records) {
      const found = isSelfFramed(value) ? candidate(codec, value) : null;
      if (found === null) continue;
      if (found.isFirst) return [found.schemas];
      if (!candidates.some((known) => isDeepStrictEqual(known, found.schemas))) candidates.push(found.schemas);
    }
  }
  return candidates;
}

/** Null for what only looks like one: whoever reads the log in order says what is wrong with it. */
function candidate(codec: Codec, value: Uint8Array): { schemas: Schemas; isFirst: boolean } | null {
  try {
    const { event, stamp } = codec.decodeEvent(value);
    if (event.type !== 'engine.SchemasRecorded') return null;
    return { schemas: event.schemas, isFirst: stamp.commandPosition === 0 && stamp.before === '' };
  } catch {
    return null;
  }
}

/** Whether no id has another meaning in the one than in the other, and no schema another id. */
function agree(one: Schemas, other: Schemas): boolean {
  const named = ({ name, version }: RecordedSchema) => `${name} ${version}`;
  const byId = new Map(one.map((schema) => [schema.id, schema]));
  const byName = new Map(one.map((schema) => [named(schema), schema]));
  return other.every((schema) =>
    [byId.get(schema.id), byName.get(named(schema))].every(
      (known) => known === undefined || isDeepStrictEqual(known, schema),
    ),
  );
}

/** Whether the record that the log's readers come to is this one, read with it. */
async function counts(
  log: ShardLog,
  codecWith: (schemas: Schemas) => Codec,
  schemas: Schemas,
  from: Checkpoint | null,
): Promise<boolean> {
  const codec = codecWith(schemas);
  const reader = new GroupReader(log.shard, from ?? undefined);
  const stretch = { stream: 'events' as const, from: reader.position, to: await log.head('events') };
  try {
    for await (const records of recordsOf(log, stretch)) {
      for (const record of records) {
        takeRecord(codec, reader, record);
        if (reader.form.schemas.length > 0) return isDeepStrictEqual(reader.form.schemas, schemas);
      }
    }
    return false;
  } catch (error) {
    if (error instanceof LogError && (error.code === 'corrupt' || error.code === 'unknown-event')) return false;
    throw error;
  }
}
