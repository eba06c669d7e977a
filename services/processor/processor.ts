import type { ShardDecider, ShardState } from '@holdfast/core';
import type { Codec } from '@holdfast/events';
import type { Steps } from '@holdfast/events/steps';
import {
  type Checkpoint,
  type Group,
  type GroupFeed,
  LogError,
  type Logger,
  type NewRecord,
  type Runtime,
  type ShardLog,
  StrayCount,
} from '@holdfast/log';
import { BackOff } from './back-off.js';
import { BatchDecider } from './batch-decider.js';
import { checkSecret, resumePosition } from './command-log.js';
import { CommandQueue } from './command-queue.js';
import { DecidedAhead } from './decided-ahead.js';
import { DecidingLoop } from './deciding-loop.js';
import type { ProcessorEffect, ProcessorHappening } from './happenings.js';
import { processorLimits } from './limits.js';
import { mayClaim } from './may-claim.js';
import type { Snapshot } from './snapshot-format.js';
import { type Claim, claimOf, owning, type ProcessorRole, type ProcessorState, queueOf, roleOf } from './states.js';
import { move } from './transitions.js';
import { controlRecord, GroupWriter } from './writer.js';

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

/**
 * The single writer of a shard, or a warm standby for it. SPEC rules 3, 5, 8 and 9.
 *
 * What it may be, and what each thing that happens makes of that, is in states.ts and transitions.ts; here is what is
 * done about it. `accepted` is the fold of what was read back from the log: the truth. While owning, what was decided
 * ahead goes further, by the groups that were not read back yet. A group that comes back as it was written just moves
 * its state to `accepted`, and an append that did not wholly succeed costs nothing to forget: drop what was decided
 * ahead, go back in the queue, and claim a new epoch.
 */
export class Processor {
  #state: ProcessorState = { name: 'starting' };
  #accepted: ShardState;
  /** The place in the log up to which that is folded. */
  #place: Checkpoint;
  #batches: BatchDecider;
  #strays: StrayCount;
  #backOff: BackOff;
  #loop: DecidingLoop;
  #looping: Promise<void> = Promise.resolve();
  #unsubscribe: () => void;
  #cancelTimer: () => void = () => {};

  constructor(private readonly options: ProcessorOptions) {
    const { feed, log, logger, decider, runtime, snapshot } = options;
    this.#accepted = snapshot?.state ?? decider.initial;
    this.#place = feed.reader.checkpoint();
    this.#batches = new BatchDecider(options);
    this.#backOff = new BackOff(runtime);
    this.#loop = new DecidingLoop(options, {
      state: () => this.#state,
      happen: (happening) => this.#happen(happening),
      batches: this.#batches,
      backOff: this.#backOff,
    });
    this.#strays = new StrayCount(logger, { shard: log.shard, stream: 'commands' });
    this.#unsubscribe = feed.subscribe({
      group: (group) => this.#onGroup(group),
      epoch: () => this.#onEpoch(),
      stopped: (error) => this.#happen({ name: 'failed', error }),
    });
  }

  get role(): ProcessorRole {
    return roleOf(this.#state);
  }

  /** Commands read here that no process of this service wrote. */
  get strays(): number {
    return this.#strays.count;
  }

  /** Why the shard is stopped, or null. */
  get stopped(): Error | null {
    return this.#state.name === 'stopped' ? this.#state.error : null;
  }

  /** The fold of every accepted group. */
  get state(): ShardState {
    return this.#accepted;
  }

  /** The same with its place in the log. */
  fold(): Snapshot<ShardState> {
    return { checkpoint: this.#place, state: this.#accepted };
  }

  /**
   * Reads the log up to its head and then stands by. Rejects when the shard cannot be served, or it was closed
   * meanwhile.
   */
  async start(): Promise<void> {
    const { log, feed, codec } = this.options;
    await feed.readToHead();
    this.#requireOpen();
    checkSecret(this.#accepted.secretFingerprint, this.options.secretFingerprint, log.shard);
    const { commandPosition } = this.#place;
    const from = await resumePosition(log, codec, { commandLog: this.#accepted.commandLog, commandPosition });
    this.#requireOpen();
    const queue = this.#newQueue(from);
    // Groups may have come in while the positions were looked up.
    if (this.#place.commandPosition !== commandPosition) queue.accept(this.#place.commandPosition);
    queue.start();
    this.#looping = this.#loop.run().catch((error: unknown) => this.#happen({ name: 'failed', error: error as Error }));
    this.#happen({ name: 'ready', queue });
  }

  /** Stops; an owner says so in the log, so that a standby may claim at once. */
  async close(): Promise<void> {
    this.#happen({ name: 'closeAsked' });
    await this.#looping;
    const owner = owning(this.#state);
    if (owner !== null) await this.#append([this.#control('engine.EpochEnded', owner.claim)]).catch(() => {});
    this.#unsubscribe();
    this.#happen({ name: 'finished' });
  }

  /** One that was closed folds no more: what it knows of the log may be older than what the feed has read. */
  #requireOpen(): void {
    if (this.#state.name === 'stopped') throw this.#state.error;
    if (this.#state.name !== 'starting') throw new LogError('closed', 'the processor was closed');
  }

  #newQueue(from: number): CommandQueue {
    const { log, codec, runtime, feed, turn, logger } = this.options;
    return new CommandQueue({
      log,
      codec,
      runtime,
      from,
      ...(turn === undefined ? {} : { turn }),
      onCommand: () => this.#loop.wake(),
      isForeign: (value) => feed.reader.isForeign(value),
      onStray: (position) => this.#strays.note(position),
      onLost: (from, to) => {
        const details = { shard: log.shard, from, to: to - 1 };
        logger.error(details, 'the log has removed commands that were not decided: this will be recorded');
      },
      onStop: (error) => this.#happen({ name: 'failed', error }),
    });
  }

  *#onGroup(group: Group): Steps<void> {
    const { stamp, sequence } = group;
    const confirmed = owning(this.#state)?.ahead.confirm(group) ?? null;
    if (confirmed !== null) this.#accepted = confirmed;
    else {
      const { time, commandId } = stamp;
      const events = group.events.map(({ event }) => event);
      this.#accepted = yield* this.#batches.fold(this.#accepted, { events, time, commandId, sequence });
    }
    this.#place = this.options.feed.reader.checkpoint();
    queueOf(this.#state)?.accept(stamp.commandPosition);
    if (owning(this.#state)?.ahead.mayGoOnAfter(sequence)) this.#loop.wake();
  }

  #onEpoch(): void {
    const { epoch, owner, ended } = this.options.feed.reader;
    this.#happen({ name: 'epochSeen', epoch, owner, ended, begin: (claim) => this.#begin(claim) });
  }

  /** The claim came back from the log before any other of its number: everything before it is folded. */
  #begin({ epoch, owner }: Claim): DecidedAhead {
    const { codec, log, feed } = this.options;
    const { sequence, hash } = feed.reader;
    const writer = new GroupWriter(codec, log.shard, epoch, owner, sequence, hash);
    return new DecidedAhead(writer, this.#accepted);
  }

  #happen(happening: ProcessorHappening): void {
    const [next, ...effects] = move(this.#state, happening);
    this.#state = next;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: ProcessorEffect): void {
    const { logger, log, feed } = this.options;
    const { shard } = log;
    const { sequence } = feed.reader;
    switch (effect.do) {
      case 'watch':
        this.#watch(effect.after === 'back off' ? this.#backOff.nextMs() : 0, this.#patienceMs());
        break;
      case 'claim':
        void this.#claim(effect.claim);
        break;
      case 'cancelTimer':
        this.#cancelTimer();
        break;
      case 'rewind':
        effect.queue.rewind();
        break;
      case 'closeQueue':
        effect.queue.close();
        break;
      case 'wake':
        this.#loop.wake();
        break;
      case 'tellOwned':
        logger.info({ shard, epoch: effect.epoch, sequence }, 'this processor owns the shard');
        break;
      case 'tellLost':
        logger.warn({ epoch: effect.epoch }, 'another processor owns the shard now; standing by');
        break;
      case 'tellStopped':
        logger.error({ shard, error: effect.error.message }, 'the shard is stopped');
        break;
      default:
        effect satisfies never;
    }
  }

  #patienceMs(): number {
    const { undecidedMs, jitterMs } = processorLimits;
    return undecidedMs + this.options.runtime.random() * jitterMs;
  }

  /** Looks now and then whether this process may claim. SPEC rule 5. */
  #watch(delayMs: number, patienceMs: number): void {
    const { runtime, feed } = this.options;
    this.#cancelTimer();
    this.#cancelTimer = runtime.after(delayMs, () => {
      if (this.#state.name !== 'standby') return;
      if (mayClaim(this.#state, this.options, this.#accepted, patienceMs)) {
        const claim = { epoch: feed.reader.epoch + 1, owner: runtime.uuid() };
        this.#happen({ name: 'claimDue', claim });
      } else this.#watch(processorLimits.watchMs, patienceMs);
    });
  }

  async #claim(claim: Claim): Promise<void> {
    const { feed, runtime, logger } = this.options;
    this.#cancelTimer();
    this.#cancelTimer = runtime.after(processorLimits.claimMs, () => this.#happen({ name: 'claimTimedOut', claim }));
    try {
      // A claim by one that has not read everything would only be lost or, worse, go back behind what others read.
      await feed.caughtUpWith(await feed.head());
      if (feed.reader.epoch >= claim.epoch) this.#happen({ name: 'claimOvertaken', claim });
      if (claimOf(this.#state) !== claim) return;
      await this.#append([this.#control('engine.EpochStarted', claim)]);
    } catch (error) {
      logger.warn({ error: String(error) }, 'the claim could not be appended');
      this.#happen({ name: 'claimFailed', claim });
    }
  }

  #append(records: NewRecord[]): Promise<void> {
    return this.options.log.append('events', records);
  }

  #control(type: 'engine.EpochStarted' | 'engine.EpochEnded', claim: Claim): NewRecord {
    const { codec, log, runtime } = this.options;
    return controlRecord(codec, { type }, { shard: log.shard, ...claim, time: runtime.now() });
  }
}
