import { CodecError, type DecodedEvent, type Event, isStray, type RecordedSchema } from '@holdfast/events';
import type { Group } from './group.js';
import { LogError, type LogRecord } from './port.js';
import type { GroupReader } from './reader.js';

/** The part of a codec that a reader of events needs. */
export interface EventDecoder {
  /** Throws on bytes that are not an event. */
  decodeEvent(value: Uint8Array): DecodedEvent<Event>;
  /** See Codec. Absent where ids mean the same in every log. */
  adopt?(schemas: readonly RecordedSchema[]): void;
}

/**
 * Takes a record as every reader does: passes over what is none of this log's, decodes the rest, and from the group on
 * that says what ids mean, reads them so. Throws LogError as `decodeEvent` and `GroupReader.take` do, and `corrupt`
 * where an id would have two meanings.
 */
export function takeRecord(
  codec: EventDecoder,
  reader: GroupReader,
  record: Pick<LogRecord, 'position' | 'value'>,
): { group: Group | null; stray: boolean } {
  const { position } = record;
  const event = reader.isForeign(record.value) ? null : decodeEvent(codec, reader.shard, record);
  const { schemas } = reader.form;
  const group = reader.take({ position, event });
  if (reader.form.schemas !== schemas) adoptSchemas(codec, reader, `at position ${position}`);
  return { group, stray: event === null };
}

/**
 * Reads ids as the log that the reader is in has recorded them. Throws LogError `corrupt` where one was read with
 * another meaning.
 */
export function adoptSchemas(codec: EventDecoder, { shard, form }: GroupReader, where: string): void {
  if (form.schemas.length === 0) return;
  try {
    codec.adopt?.(form.schemas);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const message = `shard ${shard}: the record of schemas ${where} contradicts the registry's ids: ${why}; check that --registry names the registry that the log was written with`;
    throw new LogError('corrupt', message, { cause });
  }
}

/**
 * The event of a record; null for a stray, which counts for nobody. Throws LogError `unknown-event` for one whose
 * schema this version does not know: what it means cannot be guessed, and leaving it out would make a state that never
 * was. Throws `corrupt` for bytes that are none.
 */
export function decodeEvent(
  codec: EventDecoder,
  shard: string,
  { position, value }: Pick<LogRecord, 'position' | 'value'>,
): DecodedEvent<Event> | null {
  if (isStray(value)) return null;
  try {
    return codec.decodeEvent(value);
  } catch (cause) {
    const where = `shard ${shard}: the event at position ${position}`;
    const why = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof CodecError && cause.code === 'unknown-schema') {
      const message = `${where} is of a type or version that is not known here (${why}): a newer version wrote it, so upgrade this process; if none did, check that --registry names the registry that it was written with`;
      throw new LogError('unknown-event', message, { cause });
    }
    throw new LogError('corrupt', `${where} cannot be decoded: ${why}`, { cause });
  }
}
