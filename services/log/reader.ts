import { type DecodedEvent, type Event, GroupHasher, newestLevel, type Stamp } from '@holdfast/events';
import { type Foreign, foreignTo } from './foreign.js';
import { beginning, type Checkpoint, firstForm, type Group, type LogForm } from './group.js';
import { LogError } from './port.js';

/*
 * How a reader tells what counts. SPEC rules 3 to 6 and 8.
 *
 * Nothing stops a process that lost its shard from appending: it may sleep through the claim of another and wake, an
 * append it gave up may land a minute later, or twice, or in part. So the log holds more than what happened, and what
 * happened is what this class accepts. Every reader (processor, projector, the api's tail) runs it over the same
 * records from the start or from a checkpoint, and as it looks at nothing else, all accept the same groups.
 *
 * Who counts. `EpochStarted` claims the shard for the epoch and owner in its stamp. The first with a number above the
 * current one wins; later ones with that number, or a lower one, are void. From then on only events of that epoch *and*
 * owner count: two processes may claim the same number, and one of them may have started twice under one name, hence
 * the owner id that is fresh for each claim. Who lost a claim writes nothing in it. So an event of this epoch by
 * another owner, or of a higher epoch that nobody announced, cannot come from a claimer that waited for its claim to
 * come back first: the log lost something.
 *
 * What counts. Events have dense sequences. One at or below the last is a duplicate: an append that landed twice. One
 * that skips is a gap. Events of one command form a group, held back until it is complete, since the writer may have
 * died half way. A new claim voids what is held: its owner never saw a whole group, and decides that command again,
 * with the very sequences that the held events had.
 *
 * Why hashes. Each event names the hash of the group before its own, and a group's hash covers its events. A writer
 * that had folded something else than this reader shows here, however plausible its numbers are.
 *
 * Why a floor. The sequence at which an epoch began is remembered. Its owner had read everything before its claim, so
 * its first event has the sequence after that. If it comes at or below the floor, the new owner had read less than this
 * reader has: the log lost its tail (an unclean election) after this reader read it. Without the floor this would look
 * like a duplicate and be dropped in silence, and readers would differ for ever.
 *
 * What is passed over. A stray has a position, and that is all it has: it may stand anywhere, also between two events
 * of a group, and neither completes nor breaks what is held.
 *
 * Where to resume. A checkpoint holds what accepted groups left, and the position after the last record that left
 * nothing held. A position inside a group would make the next reader see a group without its beginning.
 *
 * What a log's form is. Its level, and what ids mean in it, are told by accepted groups alone, and hold for what comes
 * behind them. From the first record of schemas on, an id that is not in it is a stranger's: each writer has its ids
 * recorded first.
 */

export interface EventRecord {
  position: number;
  /** Null for a stray: a record that no writer of this log wrote. */
  event: DecodedEvent<Event> | null;
}

export class GroupReader {
  #position: number;
  #resume: number;
  #epoch: number;
  #owner: string;
  #floor: number;
  #sequence: number;
  #commandPosition: number;
  #hash: string;
  #ended = false;
  #held: DecodedEvent<Event>[] = [];
  /** Of what is held: a large group is hashed as it comes, as all at once would take a while. */
  #hasher: GroupHasher | null = null;
  #voided = 0;
  #duplicates = 0;
  #strays = 0;
  #form: LogForm = firstForm;
  #foreign: Foreign = foreignTo([]);

  /** Throws LogError `unknown-event` where the checkpoint is of a log with a level that is not known here. */
  constructor(
    readonly shard: string,
    checkpoint: Checkpoint = beginning,
  ) {
    this.#position = checkpoint.resume;
    this.#resume = checkpoint.resume;
    this.#epoch = checkpoint.epoch;
    this.#owner = checkpoint.owner;
    this.#floor = checkpoint.floor;
    this.#sequence = checkpoint.sequence;
    this.#commandPosition = checkpoint.commandPosition;
    this.#hash = checkpoint.hash;
    if (checkpoint.form !== undefined) this.#setForm(checkpoint.form, `before position ${checkpoint.resume}`);
  }

  /** Position of the next record to take. */
  get position(): number {
    return this.#position;
  }
  /** 0 before the first claim. */
  get epoch(): number {
    return this.#epoch;
  }
  /** Empty before the first claim. */
  get owner(): string {
    return this.#owner;
  }
  /**
   * The owner stopped cleanly: anybody may claim at once. SPEC rule 5. Not part of a checkpoint, as only waiting
   * depends on it.
   */
  get ended(): boolean {
    return this.#ended;
  }
  /** Sequence of the last accepted event. */
  get sequence(): number {
    return this.#sequence;
  }
  /** Position of the last command whose group was accepted; -1 before the first. */
  get commandPosition(): number {
    return this.#commandPosition;
  }
  /** Hash of the last accepted group. */
  get hash(): string {
    return this.#hash;
  }
  /** Events of an incomplete group. */
  get held(): number {
    return this.#held.length;
  }
  /** Events dropped because another epoch or owner wrote them. */
  get voided(): number {
    return this.#voided;
  }
  /** Events dropped because they had been read before. */
  get duplicates(): number {
    return this.#duplicates;
  }
  /** Records passed over because no writer of this log wrote them. */
  get strays(): number {
    return this.#strays;
  }
  /** The log's level and schemas, up to the last accepted group. */
  get form(): LogForm {
    return this.#form;
  }

  /** Whether the log's record of schemas, as it is before the next record to take, shows that to be a stranger's. */
  isForeign(value: Uint8Array): boolean {
    return this.#foreign(value);
  }

  checkpoint(): Checkpoint {
    return {
      resume: this.#resume,
      epoch: this.#epoch,
      owner: this.#owner,
      floor: this.#floor,
      sequence: this.#sequence,
      commandPosition: this.#commandPosition,
      hash: this.#hash,
      ...(this.#form === firstForm ? {} : { form: this.#form }),
    };
  }

  /**
   * Takes the record at `position`; gives the group that it completes, if it does.
   * Throws LogError `corrupt` when the log contradicts itself; the reader then takes nothing more.
   */
  take({ position, event: decoded }: EventRecord): Group | null {
    if (position !== this.#position) {
      throw this.#corrupt(position, decoded?.stamp ?? null, `position ${this.#position} was expected`);
    }
    const group = decoded === null ? this.#pass() : this.#accept(position, decoded);
    // Last, so that a reader that threw stays where it is.
    this.#position = position + 1;
    if (this.#held.length === 0) this.#resume = this.#position;
    return group;
  }

  #pass(): null {
    this.#strays++;
    return null;
  }

  #accept(position: number, decoded: DecodedEvent<Event>): Group | null {
    const { event, stamp } = decoded;
    if (stamp.shard !== this.shard) throw this.#corrupt(position, stamp, `it belongs to shard ${stamp.shard}`);
    if (event.type === 'engine.EpochStarted') {
      this.#claim(stamp);
      return null;
    }
    if (stamp.epoch > this.#epoch || stamp.epoch < 1) {
      throw this.#corrupt(position, stamp, `no claim announced its epoch; the current one is ${this.#epoch}`);
    }
    const ends = event.type === 'engine.EpochEnded';
    if (stamp.epoch === this.#epoch && stamp.owner !== this.#owner && !ends) {
      throw this.#corrupt(position, stamp, 'its writer owned the epoch, which another owns here: the log lost a claim');
    }
    if (stamp.epoch !== this.#epoch || stamp.owner !== this.#owner) {
      this.#voided++;
      return null;
    }
    if (ends) {
      this.#ended = true;
      return null;
    }
    return this.#hold(position, decoded);
  }

  #claim({ epoch, owner }: Stamp): void {
    if (epoch <= this.#epoch) {
      if (epoch === this.#epoch && owner === this.#owner) this.#duplicates++;
      else this.#voided++;
      return;
    }
    this.#epoch = epoch;
    this.#owner = owner;
    this.#floor = this.#sequence;
    this.#ended = false;
    this.#held = [];
  }

  #hold(position: number, decoded: DecodedEvent<Event>): Group | null {
    const { stamp } = decoded;
    const expected = this.#sequence + this.#held.length + 1;
    if (stamp.sequence <= this.#floor) {
      throw this.#corrupt(
        position,
        stamp,
        `a fork: its epoch began after sequence ${this.#floor}, so its owner had read less than this reader, and the log lost its tail`,
      );
    }
    if (stamp.sequence < expected) {
      this.#duplicates++;
      return null;
    }
    if (stamp.sequence > expected) throw this.#corrupt(position, stamp, `a gap: sequence ${expected} is missing`);
    const first = this.#held[0]?.stamp ?? stamp;
    if (!continues(first, stamp, this.#held.length)) {
      throw this.#corrupt(position, stamp, 'a torn group: it does not continue the events before it');
    }
    if (this.#held.length === 0) this.#hasher = new GroupHasher(first.before, first.size);
    if (stamp.index === stamp.size - 1) return this.#complete(position, first, [...this.#held, decoded]);
    this.#hasher!.add(decoded);
    this.#held.push(decoded);
    return null;
  }

  #complete(position: number, stamp: Stamp, events: DecodedEvent<Event>[]): Group {
    if (stamp.before !== this.#hash) {
      throw this.#corrupt(
        position,
        stamp,
        'a hash that does not follow: its writer had accepted another group before it',
      );
    }
    let form = this.#form;
    let attaches = false;
    for (const { event } of events) {
      if (event.type === 'engine.CommandLogAttached') attaches = true;
      else if (event.type === 'engine.LevelRaised') form = { ...form, level: event.level };
      else if (event.type === 'engine.SchemasRecorded') form = { ...form, schemas: event.schemas };
    }
    if (!attaches && stamp.commandPosition <= this.#commandPosition) {
      throw this.#corrupt(
        position,
        stamp,
        `command ${stamp.commandPosition} is out of order, after ${this.#commandPosition}`,
      );
    }
    if (form !== this.#form) this.#setForm(form, `at position ${position}`);
    this.#hasher!.add(events.at(-1)!);
    const hash = this.#hasher!.hash();
    this.#hash = hash;
    this.#sequence += events.length;
    this.#commandPosition = stamp.commandPosition;
    this.#held = [];
    return { events, stamp, sequence: this.#sequence, end: position + 1, hash };
  }

  #setForm(form: LogForm, where: string): void {
    if (form.level > newestLevel) {
      const why = `the log was raised to level ${form.level} ${where}, and this version knows levels up to ${newestLevel}: upgrade this process`;
      throw new LogError('unknown-event', `shard ${this.shard}: ${why}`);
    }
    this.#form = form;
    this.#foreign = foreignTo(form.schemas);
  }

  #corrupt(position: number, stamp: Stamp | null, why: string): LogError {
    const which = stamp === null ? 'a stray' : `epoch ${stamp.epoch}, sequence ${stamp.sequence}`;
    return new LogError(
      'corrupt',
      `shard ${this.shard}: the event at position ${position} (${which}) contradicts the log: ${why}`,
    );
  }
}

/** True when `stamp` is that of event number `index` of the group that begins with `first`. */
function continues(first: Stamp, stamp: Stamp, index: number): boolean {
  return (
    stamp.index === index &&
    stamp.index < stamp.size &&
    stamp.size === first.size &&
    stamp.commandPosition === first.commandPosition &&
    stamp.commandId === first.commandId &&
    stamp.before === first.before
  );
}
