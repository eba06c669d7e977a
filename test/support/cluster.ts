import { randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { KafkaLogSettings } from '@holdfast/cli/log';
import type { ServiceRole } from '@holdfast/cli/service';
import type { KafkaTopics } from '@holdfast/log-kafka';
import { ServedProcess, scratch } from './service.js';

/** What the processes of a cluster share. */
export interface ClusterPlaces {
  /** `host:port`. */
  brokers: string;
  /** URL of the registry's Confluent API. */
  registry: string;
  postgres: string;
}

/** Processes of one service, each with one role, on topics of their own. */
export class Cluster {
  readonly topics: KafkaTopics;
  #processes: { role: ServiceRole; process: ServedProcess }[] = [];
  /** The highest that a processor had which was ended. */
  #endedEpoch = 0;

  private constructor(
    private readonly places: ClusterPlaces,
    private readonly directory: string,
    private readonly removeDirectory: () => Promise<void>,
  ) {
    const name = randomUUID();
    this.topics = { commands: `commands-${name}`, events: `events-${name}` };
  }

  static async create(places: ClusterPlaces): Promise<Cluster> {
    const { directory, remove } = await scratch();
    const cluster = new Cluster(places, directory, remove);
    await cluster.secretFile('secret');
    return cluster;
  }

  /** Writes a fresh secret; gives the file. */
  async secretFile(name: string): Promise<string> {
    const file = join(this.directory, name);
    await writeFile(file, randomBytes(32).toString('base64url'));
    return file;
  }

  /**
   * Begins a process; `more` overrides what all have in common, as the last of an option's values counts. `variables`
   * are of its environment.
   */
  begin(role: ServiceRole, more: string[] = [], variables: Record<string, string> = {}): ServedProcess {
    const own = ['--data', this.directory, '--secret-file', join(this.directory, 'secret'), '--role', role];
    // At `info` an api tells each request, and a processor that it owns the shard.
    const env = { HOLDFAST_LOG_LEVEL: role === 'processor' ? 'info' : 'warn', ...variables };
    const process = new ServedProcess([...this.options(), ...own, ...more], env);
    this.#processes.push({ role, process });
    void process.exited.then(() => {
      this.#endedEpoch = Math.max(this.#endedEpoch, ...epochsOf(process));
      this.#processes = this.#processes.filter((each) => each.process !== process);
    });
    return process;
  }

  /** Where its log and its read model are, as options. */
  options(): string[] {
    const { brokers, registry, postgres } = this.places;
    const topics = ['--commands-topic', this.topics.commands, '--events-topic', this.topics.events];
    return ['--kafka', brokers, '--registry', registry, ...topics, '--postgres', postgres];
  }

  /** Begins a process and waits until it does what its role says. */
  start(role: ServiceRole): Promise<ServedProcess> {
    return this.begin(role).ready();
  }

  /** Of this role, those that were not ended. */
  running(role: ServiceRole): ServedProcess[] {
    return this.#processes.filter((each) => each.role === role).map(({ process }) => process);
  }

  /** Where its apis answer. */
  urls(): string[] {
    return this.running('api')
      .map(({ url }) => url)
      .filter((url) => url !== '');
  }

  /** The processor that was the last to own the shard, or null where that one was ended. */
  owner(): ServedProcess | null {
    const owners = this.running('processor').map((process) => ({ process, epoch: Math.max(0, ...epochsOf(process)) }));
    const last = owners.sort((a, b) => b.epoch - a.epoch)[0];
    return last !== undefined && last.epoch > this.#endedEpoch ? last.process : null;
  }

  /** How others reach the log of this service. */
  kafkaSettings(): KafkaLogSettings {
    const { brokers, registry } = this.places;
    return { brokers: [brokers], shards: 1, topics: this.topics, registry: { url: registry } };
  }

  async remove(): Promise<void> {
    await Promise.all(this.#processes.map(({ process }) => process.kill()));
    await this.removeDirectory();
  }
}

/** Those in which a processor owned the shard. */
function epochsOf({ output }: ServedProcess): number[] {
  return [...output.matchAll(/"epoch":(\d+)[^\n]*this processor owns the shard/g)].map(([, epoch]) => Number(epoch));
}

/**
 * A port that leads to another, and can be shut or made to hang: for services that cannot be stopped as others use
 * them.
 */
export class Door {
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #hangs = false;
  #port = 0;

  private constructor(private readonly target: { host: string; port: number }) {}

  /** An open one. `target` is a URL; only its host and port count. */
  static async to(target: string): Promise<Door> {
    const { hostname, port } = new URL(target);
    const door = new Door({ host: hostname, port: Number(port) });
    await door.open();
    return door;
  }

  /** The same URL, through this door. */
  through(url: string): string {
    const changed = new URL(url);
    changed.host = this.address;
    return changed.href;
  }

  /** `host:port`. */
  get address(): string {
    return `127.0.0.1:${this.#port}`;
  }

  /** At the same port as before. With `hang` it takes connections, and nothing comes of them. */
  async open({ hang = false } = {}): Promise<void> {
    await this.shut();
    this.#hangs = hang;
    const server = createServer((socket) => this.#enter(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(this.#port, '127.0.0.1', resolve);
    });
    this.#server = server;
    this.#port = (server.address() as { port: number }).port;
  }

  /** Refuses connections, and ends those that are open. */
  async shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    const closed = new Promise<void>((resolve) => (server === null ? resolve() : server.close(() => resolve())));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #enter(socket: Socket): void {
    this.#keep(socket);
    if (this.#hangs) return;
    const other = connect(this.target);
    this.#keep(other);
    socket.pipe(other).pipe(socket);
    socket.once('close', () => other.destroy());
    other.once('close', () => socket.destroy());
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket)).on('error', () => {});
  }
}
