import type { Event } from '@holdfast/events';
import type { LogRecord, NewRecord, StreamName } from '@holdfast/log';
import { codec } from './messages.js';
import type { World } from './world.js';

/** The brokers, which all processes share: the two streams, their clock, and what is wrong with them at the moment. */
export class SimStorage {
  readonly streams: Record<StreamName, LogRecord[]> = { commands: [], events: [] };
  /** Nothing goes wrong any more. */
  calm = false;
  /** While above 0 every append is refused: the disk is full, or nobody reaches the brokers. */
  refusing = 0;
  /** By how much the clock that gives append times is wrong. */
  clockOffMs = 0;
  /** Most records that one delivery of a tail holds. */
  readonly deliveryMax: number;
  /** Where the events were cut off, and when; null while nothing is lost. */
  loss: { position: number; at: number } | null = null;
  #watchers: Record<StreamName, Set<() => void>> = { commands: new Set(), events: new Set() };

  constructor(readonly world: World) {
    this.deliveryMax = world.random.pick([3, 10, 40]);
  }

  /** The clock that counts: milliseconds since 1970. */
  get now(): number {
    return this.world.now + this.clockOffMs;
  }

  calmDown(): void {
    this.calm = true;
    this.refusing = 0;
  }

  land(stream: StreamName, records: readonly NewRecord[], by: string): void {
    const held = this.streams[stream];
    for (const { key, value } of records) {
      const record = { key, value, position: held.length, appendTime: this.now };
      if (this.world.trace !== null) this.#tell(stream, record, by);
      held.push(record);
    }
    this.#wake(stream);
  }

  /** An unclean election: the events from `position` on are gone, whoever read them. */
  loseEventsFrom(position: number): void {
    const { events } = this.streams;
    this.world.fault('log lost its tail', 'storage', `events from ${position} to ${events.length - 1} are gone`);
    this.loss = { position, at: this.world.now };
    events.length = position;
    this.#wake('events');
  }

  /** Calls back whenever a stream grew, or lost its tail. */
  watch(stream: StreamName, watcher: () => void): () => void {
    this.#watchers[stream].add(watcher);
    return () => this.#watchers[stream].delete(watcher);
  }

  #wake(stream: StreamName): void {
    for (const watcher of [...this.#watchers[stream]]) watcher();
  }

  #tell(stream: StreamName, { position, value }: LogRecord, by: string): void {
    const { trace } = this.world;
    if (stream === 'commands') trace?.mark(position);
    this.world.tell(by, () => `${stream} ${position}: ${stream === 'events' ? eventText(value) : commandText(value)}`);
  }
}

/** Enough of an id to find it again. */
export function short(id: string): string {
  return id.slice(0, 8);
}

function commandText(value: Uint8Array): string {
  try {
    const { header, command } = codec.decodeCommand(value);
    const { type, ...fields } = command;
    return `${type} by ${header.actor.name}, id ${short(header.id)} ${JSON.stringify(fields).slice(0, 200)}`;
  } catch (error) {
    return `not a command: ${(error as Error).message}`;
  }
}

function eventText(value: Uint8Array): string {
  const { stamp, event } = codec.decodeEvent(value);
  const { epoch, owner, sequence, index, size, commandPosition } = stamp;
  const place =
    size > 1 || sequence > 0 ? `, sequence ${sequence}, ${index + 1}/${size} of command ${commandPosition}` : '';
  return `${textOf(event)} epoch ${epoch} of ${short(owner)}${place}`;
}

function textOf(event: Event): string {
  if (event.type === 'engine.RequestDecided') return `outcome ${event.status} of ${event.command}`;
  return 'xname' in event ? `${event.type} ${event.xname}` : event.type;
}
