import type { Modules } from '@holdfast/core';
import { type Event, moduleOf, newestLevel, type RequestDecided } from '@holdfast/events';
import type { Group } from '@holdfast/log';
import type { Runtime } from '@holdfast/log/runtime';
import { type Gateway, GatewayError, type GatewayErrorCode, type Submission } from '@holdfast/processor/gateway-port';
import { shardName } from '@holdfast/shard/shard-name';
import { MemoryReadModel } from './memory-read-model.js';

/** A clock that moves when it is told to. Milliseconds since 1970. */
export class FakeRuntime implements Runtime {
  #ids = 0;
  constructor(public time: number) {}

  now(): number {
    return this.time;
  }

  after(): () => void {
    return () => {};
  }

  random(): number {
    return 0.5;
  }

  uuid(): string {
    this.#ids += 1;
    return `00000000-0000-7000-8000-${this.#ids.toString(16).padStart(12, '0')}`;
  }
}

/**
 * A shard without a log: it decides at once, with the real decider, and keeps its read model in step. For tests of the
 * API alone.
 */
export class FakeGateway implements Gateway {
  readonly readModel = new MemoryReadModel();
  readonly submissions: Submission[] = [];
  stopped: Error | null = null;
  /** What the next submissions fail with. */
  failure: GatewayErrorCode | null = null;
  /** Whether what was enqueued stays undecided until `decideQueued`. */
  holding = false;
  barriers = 0;
  /** Of the log that there is not. */
  level = newestLevel;
  /** What a barrier says; the clock's time where absent. */
  logTime: number | null = null;
  /** By the module's name. */
  #states: Record<string, unknown>;
  #position = 0;
  #sequence = 0;
  #end = 0;
  #queued: Submission[] = [];
  #memory = new Map<string, { digest: string; sequence: number }>();

  constructor(
    readonly runtime: FakeRuntime,
    private readonly modules: Modules,
  ) {
    this.#states = Object.fromEntries(Object.entries(modules).map(([name, { initial }]) => [name, initial]));
  }

  async submit(submission: Submission): Promise<Group> {
    this.#take(submission);
    return this.#decide(submission);
  }

  async enqueue(submission: Submission): Promise<void> {
    this.#take(submission);
    this.#queued.push(submission);
    if (!this.holding) this.decideQueued();
  }

  decideQueued(): void {
    for (const submission of this.#queued.splice(0)) this.#decide(submission);
  }

  /** Whether it is full, but for what is urgent. */
  full = false;

  refusal(urgent: boolean): GatewayError | null {
    return this.full && !urgent ? new GatewayError('backlogged', 'as the test wants it') : null;
  }

  async barrier(): Promise<number> {
    this.barriers += 1;
    this.#expire();
    return this.logTime ?? this.runtime.time;
  }

  async head(): Promise<number> {
    return this.#end;
  }

  onRead(): () => void {
    return () => {};
  }

  #take(submission: Submission): void {
    if (this.failure !== null) throw new GatewayError(this.failure, 'as the test wants it');
    this.submissions.push(submission);
  }

  #expire(): Event[] {
    return Object.entries(this.modules).flatMap(([name, module]) => {
      const expired: Event[] = module.expire(this.#states[name], this.runtime.time);
      for (const event of expired) this.#fold(event, null);
      return expired;
    });
  }

  #fold(event: Event, sequence: number | null): void {
    const name = moduleOf(event.type);
    this.#states[name] = this.modules[name]!.evolve(this.#states[name], event, sequence);
    this.readModel.foldEvent(event, { sequence: sequence ?? 0, time: this.runtime.time });
  }

  #decide(submission: Submission): Group {
    const { command, id, keyed, actor } = submission;
    const expired = this.#expire();
    this.#position += 1;
    const digest = JSON.stringify(command);
    const { reason: why, idempotencyKey, traceparent } = submission;
    const origin = { actor, reason: why, idempotencyKey, traceparent };
    const known = this.#memory.get(id);
    if (known !== undefined && known.digest === digest) {
      const { sequence: originalSequence } = known;
      return this.#group(id, [...expired, { type: 'engine.Repeated', originalSequence, digest, origin }]);
    }
    const outcome: RequestDecided = {
      type: 'engine.RequestDecided',
      command: command.type,
      status: 'conflict',
      total: 0,
      reason: null,
      digest,
      keyed,
      origin,
    };
    if (known !== undefined) return this.#group(id, [...expired, outcome]);
    const context = { now: this.runtime.time, commandId: id, commandPosition: this.#position, level: newestLevel };
    const name = moduleOf(command.type);
    const decision = this.modules[name]!.decide(command, this.#states[name], context);
    const { status, total } = decision;
    const events: Event[] = decision.events;
    const reason = decision.status === 'refused' ? decision.reason : null;
    const first = this.#sequence + expired.length + 1;
    for (const [n, event] of events.entries()) this.#fold(event, first + n);
    const all: Event[] = [...expired, ...events];
    const decided = { ...outcome, status, total, reason };
    const group = this.#group(id, [...all, decided]);
    const { sequence } = group;
    this.#memory.set(id, { digest, sequence });
    const about = { sequence, time: this.runtime.time, commandId: id, actor: actor.name, asked: true };
    const recorded = all.map((event) => ({ resource: null, event }));
    this.readModel.fold([{ table: 'decision', ...about, outcome: decided, events: recorded }]);
    return group;
  }

  #group(commandId: string, events: Event[]): Group {
    const decoded = events.map((event, index) => ({
      stamp: {
        shard: shardName,
        epoch: 1,
        owner: 'fake',
        sequence: this.#sequence + index + 1,
        commandId,
        commandPosition: this.#position,
        index,
        size: events.length,
        time: this.runtime.time,
        actor: '',
        before: '',
      },
      event,
      fingerprint: '',
      body: new Uint8Array(),
    }));
    this.#sequence += events.length;
    this.#end += events.length;
    this.readModel.passed(this.#end);
    return { events: decoded, stamp: decoded[0]!.stamp, sequence: this.#sequence, end: this.#end, hash: '' };
  }
}
