import type { DecodedEvent, Event } from '@holdfast/events';
import { GroupReader, type LogRecord, type LogTakes, type NewRecord, type StreamName, takeRecord } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { stood } from '../model/explain.js';
import { codec, eventOf } from './messages.js';
import { Random } from './random.js';
import type { World } from './world.js';

/** The brokers, which all processes share: the two streams, their clock, and what is wrong with them at the moment. */
export class SimStorage {
  readonly streams: Record<StreamName, LogRecord[]> = { commands: [], events: [] };
  /** Nothing goes wrong any more. */
  calm = false;
  /** While above 0 every append is refused: the disk is full, or nobody reaches the brokers. */
  refusing = 0;
  /** What there is room for: see LogTakes. */
  takes: LogTakes = 'all';
  /** By how much the clock that gives append times is wrong. */
  #clockOffMs = 0;
  /** Each change of that, and when, in true time: steps, and what it drifted by. */
  readonly clockChanges: { at: number; byMs: number; drift: boolean }[] = [];
  /** When each command and event landed, and each record was first sent, in true time. */
  readonly landedAt: number[] = [];
  readonly eventsAt: number[] = [];
  readonly sentAt = new Map<Uint8Array, number>();
  /** Most records that one delivery of a tail holds. */
  readonly deliveryMax: number;
  /** Where the events were cut off, when, and who appended to them since; null while nothing is lost. */
  loss: { position: number; at: number; appends: { by: string; from: number; to: number }[] } | null = null;
  /** Commands below it are gone, and stand in `streams` for the checks alone. */
  commandsStart = 0;
  /**
   * Of a stranger who writes between our records. By chance of its own, so that the schedules of other seeds stay what
   * they are.
   */
  #stranger: Random | null;
  /** The same of one who writes in the wire format, with an id that the log has not recorded. */
  #foreigner: Random | null;
  /** What the log has recorded. */
  #reader = new GroupReader(shardName);
  /**
   * When the log was exchanged for another, or none, how many commands that has, and how far each database had read;
   * null: never.
   */
  replaced: { at: number; commands: number; reads: number[] } | null = null;
  /** What was sent to the log before that, and came only then. */
  readonly sentToLost = new Set<Uint8Array>();
  #watchers: Record<StreamName, Set<() => void>> = { commands: new Set(), events: new Set() };

  constructor(readonly world: World) {
    this.deliveryMax = world.random.pick([3, 10, 40]);
    this.#stranger = world.seed % 40 === 13 ? new Random(world.seed + 0x5747) : null;
    // Also where each process has another registry, in which that id means something.
    const writes = world.seed % 40 === 13 || world.seed % 40 === 29;
    this.#foreigner = writes ? new Random(world.seed + 0xf04e) : null;
  }

  /** The clock that counts: milliseconds since 1970. */
  get now(): number {
    return this.world.now + this.#clockOffMs;
  }

  /** The next append to `commands` by a process whose name begins so takes this long; then `landed` is called. */
  lateAppend: { by: string; ms: number; landed(): void } | null = null;

  stepClock(byMs: number, { drift } = { drift: false }): void {
    this.#clockOffMs += byMs;
    this.clockChanges.push({ at: this.world.now, byMs, drift });
  }

  calmDown(): void {
    this.calm = true;
    this.refusing = 0;
    this.takes = 'all';
  }

  land(stream: StreamName, records: readonly NewRecord[], by: string): void {
    const held = this.streams[stream];
    const first = held.length;
    for (const { key, value } of records) {
      (stream === 'commands' ? this.landedAt : this.eventsAt)[held.length] = this.world.now;
      held.push({ key, value, position: held.length, appendTime: this.now });
      if (stream === 'events') this.#strayAfter(value);
      this.#foreignAfter(stream, value);
    }
    if (stream === 'commands' && first === 0 && held.length > 0) this.#adoptBegun(held[0]!);
    if (stream === 'events') this.loss?.appends.push({ by, from: first, to: held.length });
    if (this.world.trace !== null) this.#tell(stream, held.slice(first), by);
    this.#wake(stream);
  }

  /** What looks at the log from outside reads ids as it says. */
  #adoptBegun({ value }: NewRecord): void {
    const found = stood(codec, value);
    if ('command' in found && found.command.type === 'engine.CommandLogStarted') codec.adopt(found.command.schemas);
  }

  /** Now and then bytes that are no record of ours come behind one, also where its group goes on. */
  #strayAfter(value: Uint8Array): void {
    const random = this.#stranger;
    if (random === null || this.calm || !random.chance(0.1)) return;
    const noise = Uint8Array.from({ length: random.int(0, 20) }, (_, n) => random.int(n === 0 ? 1 : 0, 71));
    const { events } = this.streams;
    this.eventsAt[events.length] = this.world.now;
    events.push({ key: 'theirs', value: noise, position: events.length, appendTime: this.now });
    const { index, size } = codec.decodeEvent(value).stamp;
    this.world.fault(index < size - 1 ? 'stray within a group' : 'stray among events', 'stranger');
  }

  /** Then the bytes of ours, with an id that is none of this log's by what was accepted up to here. */
  #foreignAfter(stream: StreamName, value: Uint8Array): void {
    const random = this.#foreigner;
    if (random === null) return;
    const { events } = this.streams;
    while (this.#reader.position < events.length) takeRecord(codec, this.#reader, events[this.#reader.position]!);
    const { schemas } = this.#reader.form;
    if (schemas.length === 0 || this.calm || value[0] !== 0 || value.length < 5 || !random.chance(0.1)) return;
    const recorded = new Set(schemas.map(({ id }) => id));
    // A registry that gives other ids has those up to there for schemas of ours.
    const ids = Array.from({ length: schemas.length + 5 }, (_, id) => id).filter((id) => !recorded.has(id));
    const foreign = Uint8Array.from(value);
    new DataView(foreign.buffer).setUint32(1, random.pick(ids));
    const held = this.streams[stream];
    (stream === 'commands' ? this.landedAt : this.eventsAt)[held.length] = this.world.now;
    held.push({ key: 'theirs', value: foreign, position: held.length, appendTime: this.now });
    this.world.fault(`id that the log does not have${stream === 'events' ? '' : ', among commands'}`, 'stranger');
  }

  /** By its retention and a clock that jumped: all that it has, whoever decided it. */
  removeCommands(): void {
    this.commandsStart = this.streams.commands.length;
    this.world.fault('commands removed by the log', 'storage', `up to ${this.commandsStart - 1}`);
    this.#wake('commands');
  }

  /** An unclean election: the events from `position` on are gone, whoever read them. */
  loseEventsFrom(position: number): void {
    const { events } = this.streams;
    this.world.fault('log lost its tail', 'storage', `events from ${position} to ${events.length - 1} are gone`);
    this.loss = { position, at: this.world.now, appends: [] };
    events.length = position;
    this.#wake('events');
  }

  /** The commands from `position` on are gone with them. */
  loseCommandsFrom(position: number): void {
    this.world.tell('storage', () => `commands from ${position} on are gone, too`);
    this.streams.commands.length = position;
    this.#wake('commands');
  }

  /** Both streams become these. */
  replace(streams: Record<StreamName, readonly LogRecord[]>, reads: number[]): void {
    for (const name of ['commands', 'events'] as const) {
      this.streams[name].length = 0;
      this.streams[name].push(...streams[name]);
    }
    this.replaced = { at: this.world.now, commands: streams.commands.length, reads };
  }

  /** Calls back whenever a stream grew, or lost its tail. */
  watch(stream: StreamName, watcher: () => void): () => void {
    this.#watchers[stream].add(watcher);
    return () => this.#watchers[stream].delete(watcher);
  }

  #wake(stream: StreamName): void {
    for (const watcher of [...this.#watchers[stream]]) watcher();
  }

  #tell(stream: StreamName, records: LogRecord[], by: string): void {
    for (const [position, text] of stream === 'events' ? groupTexts(records) : records.map(commandText)) {
      if (stream === 'commands') this.world.trace?.mark(position);
      this.world.tell(by, () => `${stream} ${position}: ${text}`);
    }
  }
}

/** Enough of an id to find it again. */
export function short(id: string): string {
  return id.slice(0, 8);
}

function commandText({ position, value }: LogRecord): [number, string] {
  const found = stood(codec, value);
  if ('undecodable' in found) return [position, `not a command: ${found.undecodable}`];
  const { header, command } = found;
  const { type, ...fields } = command;
  const by = `by ${header.actor.name}, id ${short(header.id)}`;
  return [position, `${type} ${by} ${JSON.stringify(fields).slice(0, 200)}`];
}

/** A line for what landed of each group, with its first position. */
function groupTexts(records: LogRecord[]): [number, string][] {
  const parts: DecodedEvent<Event>[][] = [];
  for (const record of records) {
    const decoded = eventOf(record);
    if (decoded === null) continue;
    const { stamp } = parts.at(-1)?.[0] ?? {};
    const continues = stamp?.commandPosition === decoded.stamp.commandPosition && decoded.stamp.index > 0;
    if (continues) parts.at(-1)!.push(decoded);
    else parts.push([decoded]);
  }
  let position = records[0]?.position ?? 0;
  return parts.map((part) => {
    const at = position;
    position += part.length;
    return [at, partText(part)];
  });
}

function partText(part: DecodedEvent<Event>[]): string {
  const { epoch, owner, sequence, index, size, commandPosition } = part[0]!.stamp;
  const writer = `epoch ${epoch} of ${short(owner)}`;
  const last = part.at(-1)!.event;
  if (commandPosition < 0) return `${last.type}, ${writer}`;
  const place = `${index + 1} to ${index + part.length} of ${size} of command ${commandPosition}`;
  const what = last.type === 'engine.RequestDecided' ? `${last.status} ${last.command}` : last.type;
  return `${what}, ${place}, sequence ${sequence} on, ${writer}`;
}
