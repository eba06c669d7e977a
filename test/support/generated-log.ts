import { createDecider, type Received, type ShardState } from '@holdfast/core';
import {
  type Codec,
  type Command,
  type CommandHeader,
  givensOf,
  localCodec,
  moduleOf,
  type ShardSecret,
} from '@holdfast/events';
import { type NewRecord, nodeRuntime, type Runtime, type ShardLog, type StreamName } from '@holdfast/log';
import { controlRecord, GroupWriter } from '@holdfast/processor/writer';
import { testModules } from '../modules.js';
import { Random } from '../simulation/random.js';
import type { LongTraffic, Sent } from './long-traffic.js';

export interface GeneratedLogOptions {
  /** Empty, and opened with `clock`. */
  log: ShardLog;
  clock: VirtualClock;
  /** At least so many events; a few more, as commands are not cut. */
  events: number;
  components: number;
  /** The same seed, numbers and secret give the same records, byte by byte. */
  seed: number;
  secret: ShardSecret;
  codec?: Codec;
  /** Is told now and then how many events there are. */
  onProgress?: (events: number) => void;
}

/** A clock that stands until it is set. Gives the append times of a log in memory or in LMDB. */
export class VirtualClock implements Runtime {
  after = nodeRuntime.after;
  random = nodeRuntime.random;
  uuid = nodeRuntime.uuid;

  /** Milliseconds since 1970. */
  constructor(public time: number = Date.parse('2026-01-01T00:00:00Z')) {}

  now(): number {
    return this.time;
  }
}

/** Those that bring requests for it. */
const modules = testModules.flatMap(({ name, longTraffic }) => (longTraffic === null ? [] : [{ name, longTraffic }]));

/** Commands that share an append time, as under load. */
const commandsPerMoment = 80;
const eventsPerAppend = 50_000;
/** After so many, the log is silent for long, and the leases move with it. SPEC rule 10. */
const momentsPerSilence = 30;

/**
 * Fills both streams of a log as years of use would: seeded requests, decided by the production decider and stamped by
 * the production writer. One owner, which stops cleanly, so that a service can go on from there at once.
 */
export async function generateLog(options: GeneratedLogOptions): Promise<{ events: number; commands: number }> {
  const generator = new Generator(options);
  await generator.begin();
  while (generator.sequence < options.events) await generator.moment();
  await generator.end();
  return { events: generator.sequence, commands: generator.commands };
}

class Generator {
  sequence = 0;
  commands = 0;
  #options: GeneratedLogOptions;
  #codec: Codec;
  #random: Random;
  readonly #traffic: readonly LongTraffic[];
  #decider;
  #state: ShardState;
  #writer: GroupWriter;
  #claim;
  #events: NewRecord[] = [];
  #moments = 0;
  /** One append to each stream may be under way. */
  #appending: Record<StreamName, Promise<void>> = { commands: Promise.resolve(), events: Promise.resolve() };

  constructor(options: GeneratedLogOptions) {
    const { log, seed, components, secret } = options;
    this.#options = options;
    this.#codec = options.codec ?? localCodec();
    this.#random = new Random(seed + 1);
    this.#traffic = modules.map(({ longTraffic }) => longTraffic.traffic(seed, components));
    this.#decider = createDecider(givensOf(secret));
    this.#state = this.#decider.initial;
    this.#claim = { shard: log.shard, epoch: 1, owner: `generated ${seed}`, time: options.clock.time };
    this.#writer = new GroupWriter(this.#codec, log.shard, 1, this.#claim.owner, 0, '');
  }

  async begin(): Promise<void> {
    const { log, seed, secret } = this.#options;
    this.#events.push(controlRecord(this.#codec, { type: 'engine.EpochStarted' }, this.#claim));
    const shard = {
      shard: log.shard,
      domains: modules.map(({ name }) => domainOf(name)),
      secretFingerprint: secret.fingerprint,
      level: 1,
      schemas: [],
    };
    const opening = this.#engine({ type: 'engine.CommandLogStarted', logId: `generated ${seed}`, ...shard });
    await this.#append('commands', [this.#decide(opening)]);
    const inventory = this.#traffic.flatMap((traffic) => traffic.beginning());
    for (let from = 0; from < inventory.length; from += 10) {
      await this.#at(1_000, () => inventory.slice(from, from + 10).map((sent) => this.#decide(sent)));
    }
  }

  /** Some requests that reach the log at once, after the tick that moved time on. */
  moment(): Promise<void> {
    const random = this.#random;
    const silent = ++this.#moments % momentsPerSilence === 0;
    const byMs = silent ? random.int(60_000, 8 * 3_600_000) : random.int(500, 9_000);
    return this.#at(byMs, () => {
      const count = random.int(1, 2 * commandsPerMoment - 1);
      const records = [this.#decide(this.#engine({ type: 'engine.Tick', barrier: false }))];
      for (let n = 0; n < count; n++) records.push(this.#decide(this.#next()));
      return records;
    });
  }

  /** Of one module after the other. */
  #next(): Sent {
    return this.#traffic[this.commands % this.#traffic.length]!.next();
  }

  async end(): Promise<void> {
    const claim = { ...this.#claim, time: this.#options.clock.time };
    this.#events.push(controlRecord(this.#codec, { type: 'engine.EpochEnded' }, claim));
    await this.#append('events', this.#events);
    await Promise.all(Object.values(this.#appending));
  }

  async #at(byMs: number, decide: () => NewRecord[]): Promise<void> {
    const { clock, onProgress } = this.#options;
    // The log looks at the clock when it begins to write.
    await this.#appending.commands;
    clock.time += byMs;
    await this.#append('commands', decide());
    if (this.#events.length < eventsPerAppend) return;
    await this.#append('events', this.#events);
    this.#events = [];
    onProgress?.(this.sequence);
  }

  /** Waits for the append before, not for this one. */
  async #append(stream: StreamName, records: NewRecord[]): Promise<void> {
    await this.#appending[stream];
    this.#appending[stream] = this.#options.log.append(stream, records);
  }

  /** Gives the command's record, and keeps the events of its group. */
  #decide({ id, keyed, actor, command }: Sent): NewRecord {
    const module = moduleOf(command.type);
    const domain = module === 'engine' ? module : domainOf(module);
    const header: CommandHeader = { id, domain, actor, keyed, reason: '', idempotencyKey: '', traceparent: '' };
    const { value, digest } = this.#codec.encodeCommand(command, header);
    const position = this.commands++;
    const decoded = { header, command, digest };
    const received: Received = { position, appendTime: this.#options.clock.time, decoded };
    const verdict = this.#decider.decide(received, this.#state);
    if (verdict.events.length === 0) this.#state = this.#decider.pass(this.#state, verdict);
    else {
      const { records, sequence } = this.#writer.write(verdict, position);
      this.sequence = sequence;
      const { events, commandId, now } = verdict;
      this.#state = this.#decider.evolve(this.#state, { events, commandId, sequence, time: now });
      for (const traffic of this.#traffic) traffic.learn(events);
      for (const record of records) this.#events.push(record);
    }
    return { key: domain, value };
  }

  #engine(command: Command): Sent {
    const actor = { name: 'holdfast', authenticated: true, address: '', userAgent: '' };
    return { id: `generated ${this.commands}`, keyed: false, actor, command };
  }
}

function domainOf(module: string): string {
  return `${module}/default`;
}
