import { setTimeout as sleep } from 'node:timers/promises';
import { openCodec } from '@holdfast/cli/codec';
import { openLog } from '@holdfast/cli/log';
import { loadSecret } from '@holdfast/cli/secret';
import type { ServiceRole } from '@holdfast/cli/service';
import { type Codec, type Givens, givensOf, shardSecret } from '@holdfast/events';
import { nodeRuntime, type ShardLog, silentLogger } from '@holdfast/log';
import { claim } from '../model/claim.js';
import { Cluster } from '../support/cluster.js';
import { type KafkaServer, startKafka } from '../support/kafka.js';
import { type PostgresServer, startPostgres } from '../support/postgres.js';
import type { ServedProcess } from '../support/service.js';
import { chaosParts } from './parts.js';

const startsMax = 5;
const stopMsMax = 30_000;
const findMsMax = 60_000;

export type Which = 'owner' | 'standby' | 'any';

/** The processes of one service, with a broker, a registry and a PostgreSQL server of their own. */
export class Stage {
  /** Processes that ended without being told to. */
  readonly lost: string[] = [];
  #processes: { role: ServiceRole; process: ServedProcess }[] = [];
  #told = new Set<ServedProcess>();
  #asleep = new Set<ServedProcess>();
  #outages = new Set<Promise<void>>();
  #outagesBegun = 0;
  #brokerUnavailableMs = 0;
  #kafkaTurn = Promise.resolve();
  #removed = false;

  private constructor(
    readonly kafka: KafkaServer,
    readonly postgres: PostgresServer,
    readonly cluster: Cluster,
    private readonly secretFile: string,
  ) {}

  /** With all processes ready, and what clients ask for in it. */
  static async set(processors: number): Promise<Stage> {
    const [kafka, postgres] = await Promise.all([startKafka({ registry: true }), startPostgres()]);
    const { brokers, registry } = kafka;
    const cluster = await Cluster.create({ brokers, registry: registry!, postgres: await postgres.database() });
    const stage = new Stage(kafka, postgres, cluster, await cluster.secretFile('secret'));
    try {
      const others = ['api', 'api', 'projector', 'projector'] as const;
      const roles: ServiceRole[] = [...Array<ServiceRole>(processors).fill('processor'), ...others];
      await Promise.all(roles.map((role) => stage.start(role)));
      for (const { begin } of chaosParts) await begin(cluster.urls()[0]!);
      return stage;
    } catch (error) {
      await stage.remove();
      throw error;
    }
  }

  /**
   * Starts a process, once what it needs is there, and waits until it does what its role says. As whoever supervises it
   * would, starts it again where something that it needs went away meanwhile.
   */
  async start(role: ServiceRole): Promise<void> {
    for (let starts = 1; ; starts++) {
      while (this.#outages.size > 0) await Promise.all(this.#outages);
      const outagesBefore = this.#outagesBegun;
      if (this.#removed) return;
      const process = this.cluster.begin(role);
      this.#processes.push({ role, process });
      let isReady = false;
      void process.exited.then((code) => {
        if (isReady && !this.#told.has(process)) this.lost.push(`a ${role} ended with ${code}: ${process.output}`);
      });
      try {
        await process.ready();
        isReady = true;
        return;
      } catch (error) {
        if (this.#outagesBegun === outagesBefore || starts === startsMax) throw error;
      }
    }
  }

  /** An outage of broker or registry. One after the other, as starting the one starts the other too. */
  async kafkaOutage(name: 'kafka' | 'registry', work: () => Promise<void>): Promise<void> {
    const outage = async () => {
      const began = performance.now();
      await this.outage(work);
      if (name === 'kafka') this.#brokerUnavailableMs += performance.now() - began;
    };
    const turn = this.#kafkaTurn.then(outage);
    this.#kafkaTurn = turn.catch(() => {});
    await turn;
  }

  /** How long the broker was unavailable, all told, in milliseconds. */
  get brokerUnavailableMs(): number {
    return this.#brokerUnavailableMs;
  }

  /** Takes something away that processes need; `work` ends once it is back. */
  async outage(work: () => Promise<void>): Promise<void> {
    const over = work();
    this.#outagesBegun++;
    const settled = over.catch(() => {}).finally(() => this.#outages.delete(settled));
    this.#outages.add(settled);
    await over;
  }

  /** The one that owns the shard, one of the others, or any of the role: ready and awake, once there is one. */
  async find(role: ServiceRole, which: Which = 'any'): Promise<ServedProcess> {
    for (const deadline = Date.now() + findMsMax; Date.now() < deadline; await sleep(50)) {
      const awake = this.cluster.running(role).filter((process) => this.#isAwake(process));
      const owner = which === 'any' ? null : this.cluster.owner();
      // Without a known owner, nobody is known to be another.
      if (which !== 'any' && (owner === null || !this.#isAwake(owner))) continue;
      const found = awake.find((process) => which === 'any' || (process === owner) === (which === 'owner'));
      if (found !== undefined) return found;
    }
    throw new Error(`within ${findMsMax / 1_000} s there was no ${role} (${which}) to break`);
  }

  async kill(process: ServedProcess): Promise<void> {
    this.#told.add(process);
    await process.kill('SIGKILL');
  }

  /** As an operator would. Rejects where it does not end. */
  async stop(process: ServedProcess): Promise<void> {
    this.#told.add(process);
    process.send('SIGTERM');
    const ended = await Promise.race([process.exited.then(() => true), sleep(stopMsMax, false, { ref: false })]);
    claim(ended, `a process that was told to stop had not ended after ${stopMsMax / 1_000} s: ${process.output}`);
  }

  async suspend(process: ServedProcess, ms: number): Promise<void> {
    this.#asleep.add(process);
    process.send('SIGSTOP');
    try {
      await sleep(ms);
    } finally {
      process.send('SIGCONT');
      this.#asleep.delete(process);
    }
  }

  #isAwake(process: ServedProcess): boolean {
    return process.url !== '' && !this.#told.has(process) && !this.#asleep.has(process);
  }

  async open(): Promise<{ log: ShardLog; codec: Codec; givens: Givens }> {
    const settings = { data: null, kafka: this.cluster.kafkaSettings() };
    const log = await openLog(settings, nodeRuntime, silentLogger);
    const { codec } = await openCodec(settings, { log, logger: silentLogger, from: null });
    const givens = givensOf(shardSecret(await loadSecret('.', this.secretFile)));
    return { log, codec, givens };
  }

  /** What its processes printed, also those that have ended. */
  outputs(): string {
    return this.#processes.map(({ role, process }, n) => `${n}, ${role}:\n${process.output}`).join('\n\n');
  }

  async remove(): Promise<void> {
    this.#removed = true;
    for (const { process } of this.#processes) this.#told.add(process);
    await this.cluster.remove();
    // What is suspended does not stop.
    await this.kafka.resume().catch(() => {});
    await Promise.all([this.kafka.remove(), this.postgres.remove()]);
  }
}
