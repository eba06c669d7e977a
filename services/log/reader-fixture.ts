import { type DecodedEvent, type Event, groupHash, type Stamp } from '@holdfast/events';
import type { Group } from './group.js';
import { GroupReader } from './reader.js';

/**
 * Makes the events of one epoch, for tests of what reads them. Events are plain; their body is a number that differs
 * for each.
 */
export class EventWriter {
  constructor(
    readonly epoch: number,
    readonly owner: string,
    /** What the writer accepted before its claim. */
    public sequence = 0,
    public commandPosition = -1,
    public hash = '',
  ) {}

  /** A writer that claims next, having accepted what `reader` did. */
  static after({ epoch, sequence, commandPosition, hash }: GroupReader, owner: string): EventWriter {
    return new EventWriter(epoch + 1, owner, sequence, commandPosition, hash);
  }

  claim(): DecodedEvent<Event> {
    return plainEvent({ type: 'engine.EpochStarted' }, { epoch: this.epoch, owner: this.owner });
  }

  end(): DecodedEvent<Event> {
    return plainEvent({ type: 'engine.EpochEnded' }, { epoch: this.epoch, owner: this.owner });
  }

  /** The group of the next command. */
  group(size = 1, changes: Partial<Stamp> = {}, event: Event = { type: 'engine.TimeShifted', byMs: 0 }) {
    const { epoch, owner } = this;
    const commandPosition = changes.commandPosition ?? this.commandPosition + 1;
    const events = Array.from({ length: size }, (_, index) => {
      const sequence = this.sequence + index + 1;
      const commandId = `command ${commandPosition}`;
      const stamp = { epoch, owner, sequence, commandId, commandPosition, index, size, before: this.hash, ...changes };
      return plainEvent(event, stamp);
    });
    this.sequence += size;
    this.commandPosition = commandPosition;
    this.hash = groupHash(this.hash, events);
    return events;
  }
}

export function plainEvent(event: Event, changes: Partial<Stamp>): DecodedEvent<Event> {
  const stamp: Stamp = {
    shard: 's',
    epoch: 1,
    owner: 'a',
    sequence: 0,
    commandId: '',
    commandPosition: -1,
    index: 0,
    size: 1,
    time: 0,
    actor: '',
    before: '',
    ...changes,
  };
  const body = Buffer.from(`${stamp.owner} ${stamp.sequence}`);
  return { stamp, event, fingerprint: 'f', body };
}

/** A log as a reader finds it; null: a stray. */
export type FoundLog = (DecodedEvent<Event> | null)[];

/** Feeds `log`, whose first event is at position 0, to `reader` from its position to `end`. */
export function readOn(reader: GroupReader, log: FoundLog, end = log.length): Group[] {
  const groups: Group[] = [];
  while (reader.position < end) {
    const group = reader.take({ position: reader.position, event: log[reader.position] ?? null });
    if (group !== null) groups.push(group);
  }
  return groups;
}

/** A reader that read all of `log`, and the commands whose groups it accepted. */
export function readAll(log: FoundLog): { reader: GroupReader; groups: Group[]; commands: number[] } {
  const reader = new GroupReader('s');
  const groups = readOn(reader, log);
  return { reader, groups, commands: groups.map(({ stamp }) => stamp.commandPosition) };
}
