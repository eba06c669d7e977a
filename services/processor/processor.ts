import type { Facts, ShardDecider, ShardState, Verdict } from '@holdfast/core';
import type { Codec } from '@holdfast/events';
import type { Steps } from '@holdfast/events/steps';
import {
  type Checkpoint,
  type Group,
  type GroupFeed,
  giveWay,
  LogError,
  type Logger,
  type NewRecord,
  type Runtime,
  type ShardLog,
  StrayCount,
} from '@holdfast/log';
import { checkSecret, resumePosition } from './command-log.js';
import { CommandQueue, type QueuedCommand } from './command-queue.js';
import { processorLimits } from './limits.js';
import { Signal } from './signal.js';
import type { Snapshot } from './snapshot-format.js';
import { controlRecord, GroupWriter, type WrittenGroup } from './writer.js';

/**
 * The single writer of a shard, or a warm standby for it. SPEC rules 3, 5, 8 and 9.
 *
 * Two states are kept. `accepted` is the fold of what was read back from the log: the truth. While owning, `#speculative`
 * runs ahead of it by the groups that were decided but not read back yet. States are immutable, so a group that comes
 * back as it was written just moves its speculative state to `accepted`, and an append that did not wholly succeed
 * costs nothing to forget: drop the speculation, go back in the queue, and claim a new epoch.
 *
 *   standby ──(may claim)──▶ claiming ──(own EpochStarted read back first)──▶ owner
 *      ▲                        │ lost, or timed out                           │ another epoch seen, or an append failed
 *      └────────────────────────┴──────────────────────────────────────────────┘
 */
export type Role = 'starting' | 'standby' | 'claiming' | 'owner' | 'stopped';

export interface ProcessorOptions {
  log: ShardLog;
  /** Runs from the beginning, or from `snapshot`. Started by the caller. */
  feed: GroupFeed;
  codec: Codec;
  decider: ShardDecider;
  runtime: Runtime;
  logger: Logger;
  /** Of the key secret in use; a shard that was opened with another is refused. SPEC rule 1. */
  secretFingerprint: string;
  /** The state at the feed's checkpoint; null: both begin at the log's start. */
  snapshot?: Snapshot<ShardState> | null;
  /** Lets the event loop turn within a large group, after so many of its events. Default: giveWay. */
  turn?: () => Promise<void>;
  eventsPerTurn?: number;
  recordsPerAppend?: number;
}

interface Ownership {
  epoch: number;
  owner: string;
}

export class Processor {
  #role: Role = 'starting';
  #stopped: Error | null = null;
  #accepted: ShardState;
  /** The place in the log up to which that is folded. */
  #place: Checkpoint;
  #acceptedPosition: number;
  #speculative: ShardState;
  #written: { sequence: number; hash: string; state: ShardState }[] = [];
  #queue: CommandQueue | null = null;
  #writer: GroupWriter | null = null;
  #me: Ownership | null = null;
  /** The last epoch that was ours: while nobody else has claimed, we may again, at once. */
  #ownedEpoch = -1;
  #signal = new Signal();
  #unsubscribe: () => void;
  #cancelTimer: () => void = () => {};
  /** Sequence of a group that says what ids mean: nothing behind it is decided before it was read back. SPEC rule 13. */
  #recording = 0;
  #failures = 0;
  #strays: StrayCount;
  #closing = false;
  #loop: Promise<void> = Promise.resolve();

  constructor(private readonly options: ProcessorOptions) {
    this.#accepted = options.snapshot?.state ?? options.decider.initial;
    this.#place = options.feed.reader.checkpoint();
    this.#acceptedPosition = this.#place.commandPosition;
    this.#speculative = this.#accepted;
    this.#strays = new StrayCount(options.logger, { shard: options.log.shard, stream: 'commands' });
    this.#unsubscribe = options.feed.subscribe({
      group: (group) => this.#onGroup(group),
      epoch: () => this.#onEpoch(),
      stopped: (error) => this.#stop(error),
    });
  }

  get role(): Role {
    return this.#role;
  }

  /** Commands read here that no process of this service wrote. */
  get strays(): number {
    return this.#strays.count;
  }

  /** Why the shard is stopped, or null. */
  get stopped(): Error | null {
    return this.#stopped;
  }

  /** The fold of every accepted group. */
  get state(): ShardState {
    return this.#accepted;
  }

  /** The same with its place in the log. */
  fold(): Snapshot<ShardState> {
    return { checkpoint: this.#place, state: this.#accepted };
  }

  /** Reads the log up to its head and then stands by. Rejects when the shard cannot be served, or it was closed meanwhile. */
  async start(): Promise<void> {
    const { log, feed, codec, runtime } = this.options;
    await feed.readToHead();
    this.#requireOpen();
    checkSecret(this.#accepted.secretFingerprint, this.options.secretFingerprint, log.shard);
    const before = this.#acceptedPosition;
    const from = await resumePosition(log, codec, {
      commandLog: this.#accepted.commandLog,
      commandPosition: before,
    });
    this.#requireOpen();
    this.#queue = new CommandQueue({
      log,
      codec,
      runtime,
      from,
      ...(this.options.turn === undefined ? {} : { turn: this.options.turn }),
      onCommand: () => this.#signal.raise(),
      isForeign: (value) => feed.reader.isForeign(value),
      onStray: (position) => this.#strays.note(position),
      onLost: (from, to) => {
        const details = { shard: log.shard, from, to: to - 1 };
        this.options.logger.error(details, 'the log has removed commands that were not decided: this will be recorded');
      },
      onStop: (error) => this.#stop(error),
    });
    // Groups may have come in while the positions were looked up.
    if (this.#acceptedPosition !== before) this.#queue.accept(this.#acceptedPosition);
    this.#queue.start();
    this.#loop = this.#run().catch((error: unknown) => this.#stop(error as Error));
    this.#standBy(0);
  }

  /** Stops; an owner says so in the log, so that a standby may claim at once. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#cancelTimer();
    this.#signal.raise();
    await this.#loop;
    if (this.#role === 'owner' && this.#me !== null) {
      await this.#append([this.#control('engine.EpochEnded', this.#me)]).catch(() => {});
    }
    this.#queue?.close();
    this.#unsubscribe();
    if (this.#role !== 'stopped') this.#role = 'standby';
  }

  /** One that was closed folds no more: what it knows of the log may be older than what the feed has read. */
  #requireOpen(): void {
    if (this.#closing) throw new LogError('closed', 'the processor was closed');
  }

  *#onGroup(group: Group): Steps<void> {
    const first = this.#written[0];
    if (first !== undefined && first.sequence === group.sequence && first.hash === group.hash) {
      this.#written.shift();
      this.#accepted = first.state;
    } else {
      const { time, commandId } = group.stamp;
      const events = group.events.map(({ event }) => event);
      this.#accepted = yield* this.#fold(this.#accepted, { events, time, commandId, sequence: group.sequence });
    }
    this.#place = this.options.feed.reader.checkpoint();
    this.#acceptedPosition = group.stamp.commandPosition;
    this.#queue?.accept(group.stamp.commandPosition);
    const waited = this.#written.length === processorLimits.unconfirmedGroupsMax - 1;
    if (waited || group.sequence === this.#recording) this.#signal.raise();
  }

  /** An epoch began or ended in the log. */
  #onEpoch(): void {
    const { epoch, owner } = this.options.feed.reader;
    if (this.#role === 'claiming' && this.#me !== null) {
      if (epoch === this.#me.epoch && owner === this.#me.owner) this.#own();
      else if (epoch >= this.#me.epoch) this.#standBy(this.#backOffMs());
      return;
    }
    if (this.#role === 'owner' && this.#me?.owner !== owner) {
      this.options.logger.warn({ epoch }, 'another processor owns the shard now; standing by');
      this.#standBy(this.#backOffMs());
    }
    if (this.#role === 'standby' && this.options.feed.reader.ended) this.#standBy(0);
  }

  #standBy(delayMs: number): void {
    this.#forgetSpeculation();
    this.#role = 'standby';
    this.#me = null;
    const { undecidedMs, jitterMs } = processorLimits;
    this.#watch(delayMs, undecidedMs + this.options.runtime.random() * jitterMs);
  }

  /** Looks now and then whether this process may claim. SPEC rule 5. */
  #watch(delayMs: number, patienceMs: number): void {
    this.#cancelTimer();
    this.#cancelTimer = this.options.runtime.after(delayMs, () => {
      if (this.#role !== 'standby' || this.#closing) return;
      if (this.#mayClaim(patienceMs)) void this.#claim();
      else this.#watch(processorLimits.watchMs, patienceMs);
    });
  }

  #mayClaim(patienceMs: number): boolean {
    const { log, feed, runtime } = this.options;
    const { epoch, ended } = feed.reader;
    if (log.exclusive || ended || epoch === 0 || epoch === this.#ownedEpoch) return true;
    return this.#leftUndecided(runtime.now() - patienceMs);
  }

  /** True when a command seen at or before `limit` should have left an event by now. A tick counts if something was due. */
  #leftUndecided(limit: number): boolean {
    const { decider } = this.options;
    let state = this.#accepted;
    for (const command of this.#queue?.undecided() ?? []) {
      if (command.seenAt > limit) break;
      const verdict = decider.decide(command, state);
      if (verdict.events.length > 0) return true;
      state = decider.pass(state, verdict);
    }
    return false;
  }

  async #claim(): Promise<void> {
    const { feed, runtime } = this.options;
    const me = { epoch: feed.reader.epoch + 1, owner: runtime.uuid() };
    this.#role = 'claiming';
    this.#me = me;
    this.#cancelTimer();
    this.#cancelTimer = runtime.after(processorLimits.claimMs, () => {
      if (this.#me === me && this.#role === 'claiming') this.#standBy(this.#backOffMs());
    });
    try {
      // A claim by one that has not read everything would only be lost or, worse, go back behind what others read.
      await feed.caughtUpWith(await feed.head());
      if (this.#me !== me || feed.reader.epoch >= me.epoch) {
        if (this.#me === me) this.#standBy(0);
        return;
      }
      await this.#append([this.#control('engine.EpochStarted', me)]);
    } catch (error) {
      this.options.logger.warn({ error: String(error) }, 'the claim could not be appended');
      if (this.#me === me && this.#role === 'claiming') this.#standBy(this.#backOffMs());
    }
  }

  /** The claim came back from the log before any other of its number: everything before it is folded. */
  #own(): void {
    const { feed, codec, log, logger } = this.options;
    const { epoch, owner, sequence, hash } = feed.reader;
    this.#cancelTimer();
    this.#forgetSpeculation();
    this.#writer = new GroupWriter(codec, log.shard, epoch, owner, sequence, hash);
    this.#role = 'owner';
    this.#ownedEpoch = epoch;
    logger.info({ shard: log.shard, epoch, sequence }, 'this processor owns the shard');
    this.#signal.raise();
  }

  #forgetSpeculation(): void {
    this.#written = [];
    this.#recording = 0;
    this.#speculative = this.#accepted;
    this.#writer = null;
    this.#queue?.rewind();
  }

  async #run(): Promise<void> {
    while (!this.#closing && this.#stopped === null) {
      const writer = this.#writer;
      const idle =
        !this.#queue?.pending ||
        this.#written.length >= processorLimits.unconfirmedGroupsMax ||
        this.options.feed.reader.sequence < this.#recording;
      if (this.#role !== 'owner' || writer === null || idle) {
        await this.#signal.wait();
        continue;
      }
      await this.#decideAndAppend(writer);
    }
  }

  /** By itself, as a loop that waits for the next command would keep the records before in memory. */
  async #decideAndAppend(writer: GroupWriter): Promise<void> {
    const records = await this.#decideBatch(writer);
    if (records.length === 0) return;
    try {
      await this.#appendInParts(records, writer);
      this.#failures = 0;
    } catch (error) {
      // SPEC rule 9: nobody knows what landed, so nothing decided in this epoch may be built upon.
      this.options.logger.warn({ error: String(error) }, 'an append did not succeed for sure; claiming a new epoch');
      if (this.#writer === writer) this.#standBy(this.#backOffMs());
    }
  }

  /**
   * Decides what is queued, up to a bound, on the speculative state. Gives the records to append together. Between the steps of a
   * large request others have their turn, and what they did counts: where this epoch is over, nothing of the batch is left.
   */
  async #decideBatch(writer: GroupWriter): Promise<NewRecord[]> {
    const { decider } = this.options;
    const records: NewRecord[] = [];
    for (let n = 0; n < processorLimits.batchCommandsMax && records.length < processorLimits.batchEventsMax; n++) {
      // What was decided before a large one does not wait for it.
      if (records.length > 0 && (this.#queue?.nextBytes ?? 0) > processorLimits.commandBytesAtOnce) break;
      const command = this.#queue?.next();
      if (command === undefined) break;
      const verdict = await this.#inTurns(decider.decideInSteps(command, this.#speculative), writer);
      if (verdict === null) return [];
      if (verdict.events.length === 0) {
        this.#speculative = decider.pass(this.#speculative, verdict);
        continue;
      }
      const done = await this.#inTurns(this.#carryOut(command, verdict, writer, this.#speculative), writer);
      if (done === null) return [];
      const { group, state } = done;
      this.#speculative = state;
      this.#written.push({ sequence: group.sequence, hash: group.hash, state });
      for (const record of group.records) records.push(record);
      if (verdict.events.some(({ type }) => type === 'engine.SchemasRecorded')) {
        this.#recording = group.sequence;
        break;
      }
    }
    return records;
  }

  /** Null where the epoch was over before it was done. */
  async #inTurns<T>(steps: Steps<T>, writer: GroupWriter): Promise<T | null> {
    const { turn = giveWay } = this.options;
    let step = steps.next();
    while (!step.done) {
      await turn();
      const over = this.#writer !== writer;
      if (over) return null;
      step = steps.next();
    }
    return step.value;
  }

  /** Writes what was decided and folds it, in parts. A decision that cannot be written is a bug; its command gets an outcome all the same. SPEC rule 3. */
  *#carryOut(
    command: QueuedCommand,
    verdict: Verdict,
    writer: GroupWriter,
    before: ShardState,
  ): Steps<{ group: WrittenGroup; state: ShardState }> {
    const { decider, logger, eventsPerTurn = processorLimits.eventsPerTurnMax } = this.options;
    let decided = verdict;
    let group: WrittenGroup;
    try {
      group = yield* writer.writeInParts(verdict, command.position, eventsPerTurn);
    } catch (error) {
      logger.error({ position: command.position, error: String(error) }, 'a decision could not be written');
      decided = decider.decide({ ...command, failure: 'its events cannot be written' }, before);
      group = yield* writer.writeInParts(decided, command.position, eventsPerTurn);
    }
    const { events, now: time, commandId } = decided;
    return { group, state: yield* this.#fold(before, { events, time, commandId, sequence: group.sequence }) };
  }

  *#fold(before: ShardState, { events, sequence, ...facts }: Facts): Steps<ShardState> {
    const { decider, eventsPerTurn = processorLimits.eventsPerTurnMax } = this.options;
    let state = before;
    for (let at = 0; at < events.length; at += eventsPerTurn) {
      if (at > 0) yield;
      const part = events.slice(at, at + eventsPerTurn);
      state = decider.evolve(state, { ...facts, events: part, sequence: sequence - events.length + at + part.length });
    }
    return state;
  }

  /** A large group lands in parts, and counts once it is complete (SPEC rule 4). Where the epoch is over, the rest would be void. */
  async #appendInParts(records: NewRecord[], writer: GroupWriter): Promise<void> {
    const { recordsPerAppend = processorLimits.recordsPerAppendMax } = this.options;
    for (let at = 0; at < records.length && this.#writer === writer; at += recordsPerAppend) {
      await this.#append(records.slice(at, at + recordsPerAppend));
    }
  }

  #append(records: NewRecord[]): Promise<void> {
    return this.options.log.append('events', records);
  }

  #control(type: 'engine.EpochStarted' | 'engine.EpochEnded', me: Ownership): NewRecord {
    const { codec, log, runtime } = this.options;
    return controlRecord(codec, { type }, { shard: log.shard, ...me, time: runtime.now() });
  }

  #backOffMs(): number {
    const { backOffMs, backOffMsMax } = processorLimits;
    const ms = Math.min(backOffMs * 2 ** this.#failures++, backOffMsMax);
    return ms * (0.5 + this.options.runtime.random() / 2);
  }

  #stop(error: Error): void {
    if (this.#stopped !== null) return;
    this.#stopped = error;
    this.#role = 'stopped';
    this.#cancelTimer();
    this.#queue?.close();
    this.#signal.raise();
    this.options.logger.error({ shard: this.options.log.shard, error: error.message }, 'the shard is stopped');
  }
}
