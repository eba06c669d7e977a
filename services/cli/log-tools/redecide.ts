import { isDeepStrictEqual } from 'node:util';
import { createDecider, type Received, type ShardDecider, type ShardState, type Verdict } from '@holdfast/core';
import {
  type Codec,
  type DecodedEvent,
  type EncodedEvent,
  type Event,
  givensOf,
  recordedGivens,
  type ShardSecret,
  type Stamp,
} from '@holdfast/events';
import type { Group, LogRecord } from '@holdfast/log';
import { received } from '@holdfast/processor';
import { eventIn } from '../event-in.js';
import { LogDiffers, shown } from './difference.js';
import type { LogSource } from './source.js';

/**
 * Decides the commands that are still held anew, with the production decider, and holds what comes of it against the
 * recorded groups, byte by byte.
 *
 * It begins with the command log's first command, or, where that is gone, after the first recorded group: only there
 * log time is known, as ticks that left no event moved it on too.
 */
export class Redecider {
  decidedAnew = 0;
  readonly decider: ShardDecider;
  #recorded = recordedGivens();
  #commands: AsyncIterator<LogRecord> | null = null;
  #exact: boolean;

  /**
   * `commandLog`: the id of the one that is held. Without the secret, what was recorded of what follows from it is
   * taken for right.
   */
  constructor(
    private readonly source: LogSource,
    private readonly codec: Codec,
    readonly commandLog: string,
    secret: ShardSecret | null,
  ) {
    this.decider = createDecider(secret === null ? this.#recorded.givens : givensOf(secret));
    this.#exact = source.ranges.commands.start === 0;
  }

  /** Takes the next group of the log; `state` is the fold of those before it. Throws LogDiffers. */
  async check(group: Group, state: ShardState): Promise<void> {
    const { start, head } = this.source.ranges.commands;
    const position = group.stamp.commandPosition;
    const attached = group.events.some(
      ({ event }) => event.type === 'engine.CommandLogAttached' && event.logId === this.commandLog,
    );
    if ((state.commandLog !== this.commandLog && !attached) || position < start) return;
    if (position >= head)
      throw differs(group, 'a command below the head of the command log', `its command at ${position}`);
    this.#commands ??= each(this.source.read('commands', start));
    this.#recorded.take(group.events.map(({ event }) => event));
    for (let before = state; ; ) {
      const { value: record, done } = await this.#commands.next();
      if (done) throw differs(group, `command ${position}`, 'the end of the command log');
      const command = asRead(group, received(this.codec, record), before.level);
      if (command.position === position) {
        if (this.#exact) this.#compare(group, command, before);
        this.#exact = true;
        return;
      }
      if (!this.#exact) continue;
      const verdict = this.decider.decide(command, before);
      if (verdict.events.length > 0) throw missing(command, verdict.events, group);
      this.decidedAnew++;
      before = this.decider.pass(before, verdict);
    }
  }

  /** Ends reading. */
  async close(): Promise<void> {
    await this.#commands?.return?.();
  }

  #compare(group: Group, command: Received, before: ShardState): void {
    const { events, commandId, now, actor } = this.#decide(command, before);
    this.decidedAnew++;
    if (events.length !== group.events.length) {
      throw differs(
        group,
        `${events.length} events: ${types(events)}`,
        `${group.events.length}: ${types(group.events.map(({ event }) => event))}`,
      );
    }
    const decided = { commandId, commandPosition: command.position, size: events.length, time: now, actor };
    events.forEach((event, index) => {
      const sequence = group.sequence - events.length + 1 + index;
      this.#compareEvent(group, index, event, { ...group.stamp, ...decided, sequence, index });
    });
  }

  /** As the processor does: a decision that cannot be written gets an outcome that says so. */
  #decide(command: Received, before: ShardState): Verdict {
    const verdict = this.decider.decide(command, before);
    try {
      for (const event of verdict.events) this.codec.encodeEvent(event, anyStamp);
      return verdict;
    } catch {
      return this.decider.decide({ ...command, failure: 'its events cannot be written' }, before);
    }
  }

  #compareEvent(group: Group, index: number, event: Event, stamp: Stamp): void {
    const recorded = group.events[index]!;
    const { type } = recorded.event;
    const about = { where: 'events, decided anew', position: group.end - 1, sequence: stamp.sequence, subject: type };
    if (event.type !== type) throw new LogDiffers({ ...about, expected: event.type, found: type });
    const written = this.#written(recorded.fingerprint, event, stamp);
    if (written === null) throw new LogDiffers({ ...about, expected: shown(event), found: shown(recorded.event) });
    if (Buffer.compare(written.body, recorded.body) === 0) return;
    // Both as the same version has them, so that only what differs in the bytes does.
    const [expected, found] = [fieldsOf(this.codec.decodeEvent(written.value)), fieldsOf(recorded)];
    const field = Object.keys(expected).find((name) => !isDeepStrictEqual(expected[name], found[name])) ?? 'bytes';
    const [own, other] = [shown(expected[field]), shown(found[field])];
    throw new LogDiffers({ ...about, expected: `${field} ${own}`, found: other });
  }

  /** Null where the event does not even fit the version that was written. */
  #written(fingerprint: string, event: Event, stamp: Stamp): EncodedEvent | null {
    try {
      return this.codec.encodeEventAs(fingerprint, event, stamp);
    } catch {
      return null;
    }
  }
}

/**
 * A command as it was to whoever decided it. A version that does not know the level that is asked for cannot decode
 * what asks for it, and says so in its outcome; the levels before stay in force, and so does that.
 */
function asRead({ events, stamp }: Group, command: Received, level: number): Received {
  const last = events.at(-1)?.event;
  const unread = last?.type === 'engine.RequestDecided' && last.status === 'failed' && last.command === '';
  if (!unread || stamp.commandPosition !== command.position || 'undecodable' in command.decoded) return command;
  const asked = command.decoded.command;
  if (asked.type !== 'engine.LevelRaiseRequested' || asked.level <= level) return command;
  return { ...command, decoded: { undecodable: last.reason ?? '' } };
}

function fieldsOf({ event, stamp }: DecodedEvent<Event>): Record<string, unknown> {
  return { ...event, ...stamp };
}

/** Only whether the event's own fields fit their schema is of interest. */
const anyStamp: Stamp = {
  shard: '',
  epoch: 1,
  owner: '',
  sequence: 1,
  commandId: '',
  commandPosition: 0,
  index: 0,
  size: 1,
  time: 0,
  actor: '',
  before: '',
};

/** The id of the command log that a source holds: its first command says it, else the last event that attached one. */
export async function heldCommandLog(source: LogSource, codec: Codec): Promise<string> {
  const { start, head } = source.ranges.commands;
  if (head === start) return '';
  if (start === 0) {
    for await (const [record] of source.read('commands', 0)) {
      const { decoded } = received(codec, record!);
      const begins = 'command' in decoded && decoded.command.type === 'engine.CommandLogStarted';
      return begins ? (decoded.command as { logId: string }).logId : '';
    }
  }
  let last = '';
  for await (const records of source.read('events', source.ranges.events.start)) {
    for (const { value } of records) {
      last = eventIn(codec, value, 'engine.CommandLogAttached')?.logId ?? last;
    }
  }
  return last;
}

async function* each<T>(batches: AsyncIterable<T[]>): AsyncGenerator<T> {
  for await (const batch of batches) yield* batch;
}

function types(events: readonly Event[]): string {
  return shown(events.map(({ type }) => type));
}

function differs({ stamp, end, sequence }: Group, expected: string, found: string): LogDiffers {
  return new LogDiffers({
    where: 'events, decided anew',
    position: end - 1,
    sequence,
    subject: `command ${stamp.commandPosition}`,
    expected,
    found,
  });
}

function missing(command: Received, events: Event[], next: Group): LogDiffers {
  const found = `none: the next group is that of command ${next.stamp.commandPosition}`;
  return new LogDiffers({
    where: 'commands, decided anew',
    position: command.position,
    expected: `events: ${types(events)}`,
    found,
  });
}
