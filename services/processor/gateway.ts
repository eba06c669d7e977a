import { lostCommands, settlingLevel } from '@holdfast/core';
import type { Codec, EncodedCommand } from '@holdfast/events';
import type { Steps } from '@holdfast/events/steps';
import {
  type Group,
  GroupCommit,
  type GroupFeed,
  giveWay,
  LogError,
  type Logger,
  type NewRecord,
  type Runtime,
  type ShardLog,
} from '@holdfast/log';
import { engineHeader } from './command-log.js';
import { type Gateway, GatewayError, type GatewayObserver, type Submission } from './gateway-port.js';
import { type AdmissionLimits, admissionLimits, gatewayLimits, urgentFactor } from './limits.js';
import { Ticker } from './ticker.js';
import { type AwaitedAs, Undecided } from './undecided.js';

export interface GatewayOptions {
  log: ShardLog;
  feed: GroupFeed;
  codec: Codec;
  runtime: Runtime;
  logger: Logger;
  limits?: Pick<AdmissionLimits, 'shardInFlightMax' | 'queueAgeMsMax'>;
  observer?: GatewayObserver;
  /** Lets the event loop turn while a large command is encoded. Default: giveWay. */
  turn?: () => Promise<void>;
}

/** A command on its way. */
interface Sent {
  /** Settles once the log took the command. */
  appended: Promise<void>;
  /** Settles once it was decided, or is given up. */
  decided: Promise<Group>;
}

/**
 * Puts commands into the log and answers from it. SPEC rule 7.
 *
 * An answer is the group read back for the command's id and body. The body matters: after an ambiguous append the same
 * id may stand in the log with another body, and then the group of the one must not answer the other.
 *
 * What it admits is bounded, by count and by the age of the oldest: see AdmissionLimits. A command counts until it is
 * decided or given up, also where nobody waits for it: its client went away, or preferred not to wait.
 */
export class ShardGateway implements Gateway {
  #undecided: Undecided;
  #commands: GroupCommit;
  #ticker: Ticker;
  #unsubscribe: () => void;
  #cancelTick: () => void = () => {};
  #gone: GatewayError | null = null;
  #closed: GatewayError | null = null;

  constructor(private readonly options: GatewayOptions) {
    this.#undecided = new Undecided(options.runtime);
    this.#commands = new GroupCommit(options.log, 'commands');
    this.#ticker = new Ticker(options.runtime);
    this.#unsubscribe = options.feed.subscribe({
      group: (group) => this.#onGroup(group),
      read: () => this.#lookForLarge(),
      stopped: (error) => this.#undecided.fail(stoppedBy(error)),
    });
  }

  /** Begins to append ticks. SPEC rule 10. */
  start(): void {
    if (this.#closed !== null) return;
    this.#cancelTick = this.options.runtime.after(gatewayLimits.tickMs, () => {
      if (this.#out(true) === null) this.#appendTick();
      this.start();
    });
  }

  #appendTick(): void {
    const tick = this.#tick(false);
    this.#append({ key: tick.key, value: this.#encode(tick).value }).catch((error: unknown) => {
      this.options.logger.warn({ error: String(error) }, 'a tick was not appended');
    });
  }

  /** Where renewals are refused ticks are not appended either: no lease ends while nobody can renew. SPEC rule 10. */
  #full(urgent: boolean): GatewayError | null {
    const { space } = this.options.log;
    if (space === undefined || space.takes === 'all' || (urgent && space.takes === 'urgent')) return null;
    return new GatewayError('full', space.reason ?? 'the log takes nothing');
  }

  close(): void {
    this.#cancelTick();
    this.#unsubscribe();
    this.#closed = new GatewayError('stopped', 'the service is stopping');
    this.#undecided.fail(this.#closed);
  }

  /** Why it takes nothing any more, or null. */
  get stopped(): Error | null {
    return this.#closed ?? this.options.feed.stopped;
  }

  /** Requests that are not decided. */
  get inFlight(): number {
    return this.#undecided.requests;
  }

  /** See Undecided. */
  get oldestMs(): number {
    return this.#undecided.oldestMs;
  }

  #lookForLarge(): void {
    if (this.options.feed.reader.held > gatewayLimits.groupEventsLarge) this.#undecided.noteLarge();
  }

  onRead(listener: (position: number) => void): () => void {
    return this.options.feed.subscribe({ read: listener });
  }

  /**
   * The log is not there any more, for this reason: whoever waits for a decision is told at once, and so is whoever
   * comes until it is there again (null).
   */
  setGone(reason: string | null): void {
    if (reason === (this.#gone?.message ?? null)) return;
    this.#gone = reason === null ? null : new GatewayError('gone', reason);
    if (this.#gone !== null) this.#undecided.fail(this.#gone);
  }

  refusal(urgent: boolean): GatewayError | null {
    const out = this.#out(urgent);
    if (out !== null) return out;
    const { limits = admissionLimits, observer } = this.options;
    const factor = urgent ? urgentFactor : 1;
    if (this.inFlight >= limits.shardInFlightMax * factor) {
      observer?.limitHit('shard_in_flight');
      return new GatewayError('overloaded', `${this.inFlight} requests are waiting for their decision`);
    }
    if (this.oldestMs > limits.queueAgeMsMax * factor) {
      observer?.limitHit('queue_age');
      return new GatewayError('backlogged', `a request has waited ${this.oldestMs} ms for its decision`);
    }
    return null;
  }

  async submit(request: Submission): Promise<Group> {
    return (await this.#requestInTurns(request)).decided;
  }

  async enqueue(request: Submission): Promise<void> {
    await (await this.#requestInTurns(request)).appended;
  }

  async barrier(): Promise<number> {
    const out = this.#out(true);
    if (out !== null) throw out;
    const tick = this.#tick(true);
    const as = { timeoutMs: gatewayLimits.barrierMs, isRequest: false };
    const { events } = await this.#send(tick, this.#encode(tick), as).decided;
    return events.at(-1)!.stamp.time;
  }

  head(): Promise<number> {
    if (this.#gone !== null) return Promise.reject(this.#gone);
    const { feed, runtime } = this.options;
    return new Promise((resolve, reject) => {
      const unavailable = (cause?: unknown) =>
        reject(new GatewayError('unavailable', 'the log cannot be reached', { cause }));
      const cancel = runtime.after(gatewayLimits.headMs, unavailable);
      feed.head().then(resolve, unavailable).finally(cancel);
    });
  }

  /** Why nothing is taken, however few ask: the shard is stopped, the log is gone, or there is no room. */
  #out(urgent: boolean): GatewayError | null {
    const { stopped } = this.options.feed;
    if (this.#closed !== null) return this.#closed;
    if (stopped !== null) return stoppedBy(stopped);
    return this.#gone ?? this.#full(urgent);
  }

  /** Sends what needs no steps at once, so that it counts before the next one is looked at. */
  async #requestInTurns(request: Submission): Promise<Sent> {
    const { turn = giveWay } = this.options;
    const steps = this.#encodeInSteps(request);
    let step = steps.next();
    for (; !step.done; step = steps.next()) await turn();
    return this.#request(request, step.value);
  }

  /** Throws GatewayError where it is not admitted: it may have been when it began to be encoded. */
  #request(request: Submission, encoded: EncodedCommand): Sent {
    const refusal = this.refusal(request.urgent);
    if (refusal !== null) throw refusal;
    const { runtime, observer } = this.options;
    const since = runtime.now();
    const sent = this.#send(request, encoded, { timeoutMs: gatewayLimits.decideMs, isRequest: true });
    // Whoever asked hears of a failure; where nobody waits, nobody needs to.
    sent.decided.then(
      () => observer?.answered(runtime.now() - since),
      () => {},
    );
    return sent;
  }

  /** Appends it and waits for its group. */
  #send({ id, key }: Submission, encoded: EncodedCommand, as: AwaitedAs): Sent {
    const appended = this.#append({ key, value: encoded.value });
    return { appended, decided: this.#undecided.group(id, encoded, appended, as) };
  }

  /** Rejects with GatewayError. */
  async #append(record: NewRecord): Promise<void> {
    await this.#commands.append([record]).catch((error: unknown) => {
      throw asGateway(error);
    });
  }

  #encode({ command, key: _key, urgent: _urgent, ...header }: Submission): EncodedCommand {
    const { codec, feed } = this.options;
    return codec.encodeCommand(command, header, feed.reader.form.level);
  }

  /** In one step but for a large one. Throws GatewayError where it would not be admitted. */
  *#encodeInSteps(request: Submission): Steps<EncodedCommand> {
    const refusal = this.refusal(request.urgent);
    if (refusal !== null) throw refusal;
    const { command, key: _key, urgent: _urgent, ...header } = request;
    const { codec, feed } = this.options;
    return yield* codec.encodeCommandInSteps(command, header, feed.reader.form.level);
  }

  #tick(barrier: boolean): Submission {
    const header = engineHeader(this.options.runtime.uuid());
    // Before the level at which they are written nobody could hold them against anything.
    const reading = this.options.feed.reader.form.level < settlingLevel ? null : this.#ticker.read();
    return { ...header, command: { type: 'engine.Tick', barrier, reading }, key: this.options.log.shard, urgent: true };
  }

  #onGroup(group: Group): void {
    const lost = lostCommands(group.stamp.commandId);
    if (lost !== null) this.#onLost(lost.from, lost.to);
    this.#ticker.onGroup(group);
    this.#undecided.settle(group);
  }

  /**
   * Nobody knows whose they were: whoever waits is told at once rather than left to wait, and finds the outcome of what
   * was not lost.
   */
  #onLost(from: number, to: number): void {
    const error = new GatewayError('lost', `the log lost commands ${from} to ${to} before they were decided`);
    this.#undecided.fail(error, 'appended');
  }
}

function stoppedBy({ message }: Error): GatewayError {
  return new GatewayError('stopped', `the shard is stopped: ${message}`);
}

function asGateway(error: unknown): GatewayError {
  if (error instanceof LogError && (error.code === 'too-large' || error.code === 'full')) {
    return new GatewayError(error.code, error.message, { cause: error });
  }
  return new GatewayError('append-failed', 'it is not known whether the log took the request', { cause: error });
}
