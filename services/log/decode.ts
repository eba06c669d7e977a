import { CodecError, type DecodedEvent, type Event, isStray } from '@holdfast/events';
import { LogError, type LogRecord } from './port.js';

/** The part of a codec that a reader of events needs. */
export interface EventDecoder {
  /** Throws on bytes that are not an event. */
  decodeEvent(value: Uint8Array): DecodedEvent<Event>;
}

/**
 * The event of a record; null for a stray, which counts for nobody. Throws LogError `unknown-event` for one whose schema this version does not know: what it means cannot
 * be guessed, and leaving it out would make a state that never was. Throws `corrupt` for bytes that are none.
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
