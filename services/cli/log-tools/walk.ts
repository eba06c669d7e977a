import { type Codec, CodecError, type DecodedEvent, type Event, eventKey, isOutcome, isStray } from '@holdfast/events';
import { adoptSchemas, type Group, GroupReader, LogError, type LogRecord } from '@holdfast/log';
import { LogDiffers, shown } from './difference.js';
import type { LogSource } from './source.js';
import { Strays } from './strays.js';

/**
 * Reads all events of a source as every reader of the product does, and more strictly: keys, and the shape of groups,
 * must be as the writer makes them. Throws LogDiffers at the first event that does not fit.
 */
export class LogWalk {
  readonly reader: GroupReader;
  /** The schema and bytes of the first event, which no other log has. */
  first: { fingerprint: string; body: Uint8Array } | null = null;
  /** Those that were passed over. */
  readonly strays = new Strays();

  constructor(
    private readonly source: LogSource,
    private readonly codec: Codec,
  ) {
    this.reader = new GroupReader(source.shard);
  }

  /** Every accepted group, in order. To be called once. */
  async *groups(): AsyncGenerator<Group> {
    const { start, head } = this.source.ranges.events;
    if (start > 0) {
      throw new LogDiffers({
        where: 'events',
        position: start,
        expected: 'the log from position 0 on',
        found: 'a beginning that is gone',
      });
    }
    for await (const records of this.source.read('events', 0)) {
      for (const record of records) {
        const group = this.#take(record);
        if (group !== null) yield group;
      }
    }
    if (this.reader.position !== head) {
      throw new LogDiffers({
        where: 'events',
        position: this.reader.position,
        expected: `${head} events`,
        found: `${this.reader.position}`,
      });
    }
  }

  #take(record: LogRecord): Group | null {
    const { position, key } = record;
    if (isStray(record.value) || this.reader.isForeign(record.value)) return this.#pass(position);
    const event = this.#decode(record);
    this.first ??= { fingerprint: event.fingerprint, body: event.body };
    const about = { where: 'events', position, sequence: event.stamp.sequence, subject: event.event.type };
    const expectedKey = eventKey(event.event, this.source.shard);
    if (key !== expectedKey)
      throw new LogDiffers({ ...about, expected: `the key ${shown(expectedKey)}`, found: shown(key) });
    let group: Group | null;
    try {
      group = this.#accept(position, event);
    } catch (error) {
      if (!(error instanceof LogError) || error.code === 'unknown-event') throw error;
      const found = error.message.slice(
        error.message.indexOf('contradicts the log: ') + 'contradicts the log: '.length,
      );
      throw new LogDiffers({ ...about, expected: 'an event that continues the log', found });
    }
    if (group !== null) checkShape(group, position);
    return group;
  }

  #accept(position: number, event: DecodedEvent<Event>): Group | null {
    const { schemas } = this.reader.form;
    const group = this.reader.take({ position, event });
    if (this.reader.form.schemas !== schemas) adoptSchemas(this.codec, this.reader, `at position ${position}`);
    return group;
  }

  #pass(position: number): null {
    this.reader.take({ position, event: null });
    this.strays.add(position);
    return null;
  }

  #decode({ position, value }: LogRecord): DecodedEvent<Event> {
    try {
      return this.codec.decodeEvent(value);
    } catch (error) {
      const { message } = error as Error;
      // What a newer version wrote is no difference: this one cannot tell.
      if (error instanceof CodecError && error.code === 'unknown-schema') {
        const why = `the event at position ${position} is of a type or version that is not known here: ${message}`;
        throw new LogError('unknown-event', why, { cause: error });
      }
      throw new LogDiffers({
        where: 'events',
        position,
        sequence: this.reader.sequence + this.reader.held + 1,
        expected: 'an event',
        found: message,
      });
    }
  }
}

/** One outcome, the last event; one time and one actor. SPEC rule 3. `position`: of the last event. */
function checkShape({ events, stamp, sequence }: Group, position: number): void {
  events.forEach(({ event, stamp: own }) => {
    const about = { where: 'events', position, sequence: own.sequence, subject: event.type };
    const last = own.sequence === sequence;
    if (isOutcome(event) !== last) {
      throw new LogDiffers({
        ...about,
        expected: 'one outcome, at the end of its group',
        found: last ? 'a last event that is none' : 'an earlier one',
      });
    }
    for (const field of ['time', 'actor'] as const) {
      if (own[field] === stamp[field]) continue;
      throw new LogDiffers({
        ...about,
        expected: `${field} ${shown(stamp[field])}, as in the rest of its group`,
        found: shown(own[field]),
      });
    }
  });
}
