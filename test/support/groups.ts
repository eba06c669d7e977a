import {
  type Codec,
  type Event,
  eventKey,
  groupHash,
  localCodec,
  type RequestDecided,
  type Stamp,
} from '@holdfast/events';
import type { Group, NewRecord, ShardLog } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';

/** What a test may want to say of a group. */
export interface GroupFields {
  commandId?: string;
  actor?: string;
  /** Milliseconds since 1970. */
  time?: number;
}

/** The outcome of a command, to end a group with. */
export function decided(command: string, changes: Partial<RequestDecided> = {}): RequestDecided {
  return {
    type: 'engine.RequestDecided',
    command,
    status: 'accepted',
    total: 1,
    reason: null,
    digest: '',
    keyed: false,
    origin: null,
    ...changes,
  };
}

/** A group as a reader gives it, without a log: for what looks at events and stamps only. */
export function groupOf(events: Event[], changes: Partial<Stamp> = {}): Group {
  const first = changes.sequence ?? 1;
  const decoded = events.map((event, index) => ({
    stamp: { ...emptyStamp, size: events.length, ...changes, index, sequence: first + index },
    event,
    fingerprint: '',
    body: new Uint8Array(),
  }));
  return {
    events: decoded,
    stamp: decoded[0]!.stamp,
    sequence: first + events.length - 1,
    end: events.length,
    hash: '',
  };
}

const emptyStamp: Stamp = {
  shard: shardName,
  epoch: 1,
  owner: 'writer',
  sequence: 1,
  commandId: 'command',
  commandPosition: 0,
  index: 0,
  size: 1,
  time: 0,
  actor: '',
  before: '',
};

/**
 * Writes groups to a log as a processor would, without one. One after another: it knows what it wrote, not what the log
 * holds.
 */
export class GroupWriter {
  #epoch = 0;
  #owner = '';
  #sequence = 0;
  #commandPosition = -1;
  #hash = '';

  constructor(
    readonly log: ShardLog,
    private readonly name = 'writer',
    readonly codec: Codec = localCodec(),
  ) {}

  /** Begins an epoch. What was written in part before is void from here on. */
  async claim(): Promise<void> {
    this.#epoch += 1;
    this.#owner = `${this.name} ${this.#epoch}`;
    const control = { sequence: 0, commandId: '', commandPosition: -1, index: 0, size: 1, before: '' };
    await this.#append([
      this.#encode({ type: 'engine.EpochStarted' }, this.#stamp({ ...control, time: 0, actor: '' })),
    ]);
  }

  /** The group of the next command. */
  async write(events: Event[], fields: GroupFields = {}): Promise<void> {
    const encoded = this.#encodeGroup(events, fields);
    await this.#append(encoded);
    this.#sequence += events.length;
    this.#commandPosition += 1;
    this.#hash = groupHash(this.#hash, encoded);
  }

  /** Its first `count` events, as a writer leaves it that dies half way. Follow it with `claim` or `finish`. */
  async writePart(events: Event[], count: number, fields: GroupFields = {}): Promise<{ finish(): Promise<void> }> {
    const encoded = this.#encodeGroup(events, fields);
    await this.#append(encoded.slice(0, count));
    return {
      finish: async () => {
        await this.#append(encoded.slice(count));
        this.#sequence += events.length;
        this.#commandPosition += 1;
        this.#hash = groupHash(this.#hash, encoded);
      },
    };
  }

  #encodeGroup(events: Event[], { commandId, actor = 'tester', time = 0 }: GroupFields) {
    const commandPosition = this.#commandPosition + 1;
    return events.map((event, index) => {
      const sequence = this.#sequence + index + 1;
      const id = commandId ?? `command ${commandPosition}`;
      const place = { commandPosition, commandId: id, index, size: events.length, sequence, before: this.#hash };
      return this.#encode(event, this.#stamp({ ...place, actor, time }));
    });
  }

  #stamp(fields: Omit<Stamp, 'shard' | 'epoch' | 'owner'>): Stamp {
    return { shard: this.log.shard, epoch: this.#epoch, owner: this.#owner, ...fields };
  }

  #encode(event: Event, stamp: Stamp) {
    return { key: eventKey(event, stamp.shard), ...this.codec.encodeEvent(event, stamp) };
  }

  #append(records: NewRecord[]): Promise<void> {
    return this.log.append(
      'events',
      records.map(({ key, value }) => ({ key, value })),
    );
  }
}
