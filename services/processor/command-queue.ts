import type { Received } from '@holdfast/core';
import { type Codec, type Command, type DecodedCommand, isStray, newestLevel } from '@holdfast/events';
import { atOnce, type Steps } from '@holdfast/events/steps';
import { type Foreign, giveWay, LogError, type LogRecord, type Runtime, type ShardLog, type Tail } from '@holdfast/log';
import { processorLimits } from './limits.js';

/** A command in the queue. */
export interface QueuedCommand extends Received {
  bytes: number;
  /** When this process saw it, by its own clock; never later than now. */
  seenAt: number;
  /**
   * The record of one that could not be decoded when it was read: what it is can be told once everything before its
   * decision was read.
   */
  unread?: LogRecord;
}

/**
 * The commands that are not yet decided for sure, in order and without a hole.
 *
 * It tails `commands` from the position after the last accepted group and keeps each until a group at or behind it was
 * accepted, because until then it may have to be decided again: by this process after an ambiguous append, or, on a
 * standby, by the owner. `next` walks it; `rewind` goes back to the first. What is read ahead is bounded.
 */
export class CommandQueue {
  #commands: QueuedCommand[] = [];
  #head = 0;
  #cursor = 0;
  #bytes = 0;
  /** Of those in front of `#head`, which are decided for good. */
  #decidedBytes = 0;
  #expected: number;
  /** The last command decided for good; it may not have been read here yet. */
  #accepted: number;
  #tail: Tail | null = null;
  #closed = false;
  #room: (() => void) | null = null;
  #lookedAt = 0;

  constructor(
    private readonly options: {
      log: ShardLog;
      codec: Codec;
      runtime: Runtime;
      /** Position of the first command to read. */
      from: number;
      /** Lets the event loop turn while a large command is decoded. Default: giveWay. */
      turn?: () => Promise<void>;
      onCommand(): void;
      /** See GroupReader.isForeign: as accepted groups say up to now. */
      isForeign: Foreign;
      /** Is told the position of a record that no process of this service wrote; it is decided on like any other. */
      onStray(position: number): void;
      /**
       * Is told that the log has removed the commands from `from` up to, not including, `to` before they were read
       * here.
       */
      onLost(from: number, to: number): void;
      onStop(error: Error): void;
    },
  ) {
    this.#expected = options.from;
    this.#accepted = options.from - 1;
  }

  start(): void {
    this.#run().catch((error: unknown) => {
      if (!this.#closed) this.options.onStop(error as Error);
    });
  }

  close(): void {
    this.#closed = true;
    this.#tail?.close();
    this.#room?.();
  }

  /** The next command to decide, or undefined at the head. */
  next(): QueuedCommand | undefined {
    const command = this.#commands[this.#cursor];
    if (command === undefined) return undefined;
    this.#cursor++;
    // Since it was read the log may have said what its id means: an owner has read all that was there before its claim.
    if (command.unread !== undefined) command.decoded = received(this.options.codec, command.unread).decoded;
    return command;
  }

  get pending(): boolean {
    return this.#cursor < this.#commands.length;
  }

  /** The bytes of the one that `next` gives, or 0 at the head. */
  get nextBytes(): number {
    return this.#commands[this.#cursor]?.bytes ?? 0;
  }

  /** Decide again from the first command that is not accepted. */
  rewind(): void {
    this.#cursor = this.#head;
  }

  /** Everything up to `position` is decided for good. */
  accept(position: number): void {
    this.#accepted = position;
    while (this.#head < this.#commands.length) {
      const command = this.#commands[this.#head]!;
      if (command.position > position) {
        // Who decided this far had read more of what is gone.
        if (command.lostFrom !== undefined) Object.assign(command, lost(position + 1, command.position));
        break;
      }
      if (command.unread !== undefined && this.options.isForeign(command.unread.value)) {
        this.options.onStray(command.position);
      }
      this.#bytes -= command.bytes;
      this.#decidedBytes += command.bytes;
      this.#head++;
    }
    this.#cursor = Math.max(this.#cursor, this.#head);
    this.#dropDecided();
    if (!this.#full) this.#room?.();
  }

  /**
   * Dropping from the front of an array costs its length, so not each by itself; but a large one is not kept for long.
   */
  #dropDecided(): void {
    const many = this.#head > 1_000 && this.#head * 2 > this.#commands.length;
    if (!many && this.#decidedBytes <= processorLimits.commandBytesAtOnce) return;
    this.#commands.splice(0, this.#head);
    this.#cursor -= this.#head;
    this.#head = 0;
    this.#decidedBytes = 0;
  }

  /** What is not decided for good, in order. */
  *undecided(): Generator<QueuedCommand> {
    const now = this.options.runtime.now();
    // The clock stepped back: what was seen before would look young until it is there again, and nobody would claim.
    if (now < this.#lookedAt) for (const command of this.#commands) command.seenAt = Math.min(command.seenAt, now);
    this.#lookedAt = now;
    for (let i = this.#head; i < this.#commands.length; i++) yield this.#commands[i]!;
  }

  get #full(): boolean {
    const count = this.#commands.length - this.#head;
    return count >= processorLimits.queueCommandsMax || this.#bytes >= processorLimits.queueBytesMax;
  }

  async #run(): Promise<void> {
    while (!this.#closed) {
      try {
        return await this.#read();
      } catch (error) {
        if (this.#closed || !(error instanceof LogError && error.code === 'out-of-range')) throw error;
        this.#tail?.close();
        await this.#passLost(error);
      }
    }
  }

  /**
   * Goes on where the log now begins, with a command in the place of those that are gone. Throws `error` where none
   * are.
   */
  async #passLost(error: LogError): Promise<void> {
    const { log, runtime, onCommand, onLost } = this.options;
    const start = await log.start('commands');
    const from = Math.max(this.#expected, this.#accepted + 1);
    if (start <= this.#expected) throw error;
    this.#expected = start;
    if (start <= from) return;
    onLost(from, start);
    this.#commands.push({
      position: start - 1,
      appendTime: 0,
      bytes: 0,
      seenAt: runtime.now(),
      ...lost(from, start - 1),
    });
    onCommand();
  }

  async #read(): Promise<void> {
    this.#tail = this.options.log.tail('commands', this.#expected);
    while (!this.#closed) {
      const records = await this.#tail.next();
      if (records === null) return;
      for (const record of records) await this.#take(record);
      this.options.onCommand();
      if (this.#full) {
        await new Promise<void>((resolve) => {
          this.#room = resolve;
        });
        this.#room = null;
      }
    }
  }

  async #take(record: LogRecord): Promise<void> {
    if (record.position !== this.#expected) {
      throw new LogError('corrupt', `command ${this.#expected} is missing: the log gave ${record.position}`);
    }
    this.#expected++;
    const stray = isStray(record.value);
    if (stray) this.options.onStray(record.position);
    // Another process owns the shard, and is faster than this one reads.
    if (record.position <= this.#accepted) {
      if (this.options.isForeign(record.value)) this.options.onStray(record.position);
      return;
    }
    const bytes = record.value.byteLength;
    const seenAt = this.options.runtime.now();
    const steps = receivedInSteps(this.options.codec, record);
    let step = steps.next();
    while (!step.done) {
      await (this.options.turn ?? giveWay)();
      // Another process decided it meanwhile.
      if (this.#closed || record.position <= this.#accepted) return;
      step = steps.next();
    }
    const unread = 'undecodable' in step.value.decoded && !stray ? { unread: record } : {};
    this.#bytes += bytes;
    this.#commands.push({ ...step.value, bytes, seenAt, ...unread });
  }
}

/** What is decided on in the place of commands that the log lost. */
function lost(from: number, to: number): Pick<Received, 'decoded' | 'lostFrom'> {
  const which = from === to ? `command ${from} was` : `commands ${from} to ${to} were`;
  return { lostFrom: from, decoded: { undecodable: `${which} removed from the log before a decision` } };
}

/** What is decided on: a record of `commands`, decoded where that is possible. */
export function received(codec: Codec, record: LogRecord): Received {
  return atOnce(receivedInSteps(codec, record));
}

/** The same, in steps where it is large. */
function* receivedInSteps(codec: Codec, { position, appendTime, value }: LogRecord): Steps<Received> {
  return { position, appendTime, decoded: yield* decode(codec, value) };
}

function* decode(codec: Codec, value: Uint8Array): Steps<DecodedCommand<Command> | { undecodable: string }> {
  try {
    const isLarge = value.byteLength > processorLimits.commandBytesAtOnce;
    const decoded = isLarge ? yield* codec.decodeCommandInSteps(value) : codec.decodeCommand(value);
    const { command } = decoded;
    // What it asks for nobody can decide who does not know it; an older version cannot even decode it.
    if (command.type !== 'engine.LevelRaiseRequested' || command.level <= newestLevel) return decoded;
    return { undecodable: `level ${command.level} is not known to this version, only levels up to ${newestLevel}` };
  } catch (error) {
    return { undecodable: error instanceof Error ? error.message : 'not a command' };
  }
}
