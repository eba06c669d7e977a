import type { NewRecord } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { SimDatabase } from './database.js';
import { codec } from './messages.js';
import { type Node, startNode } from './node.js';
import { SimDirectory } from './snapshots.js';
import type { SimStorage } from './storage.js';
import type { World } from './world.js';

/** Three processes, each started again whenever it dies. Two share a database, as all do in production. */
export class Cluster {
  readonly slots: Node[] = [];
  /** Also those that have died. */
  readonly all: Node[] = [];
  readonly databases: SimDatabase[];
  /** Of snapshots, one for each slot. */
  readonly directories: SimDirectory[];
  #abandoned: Node | null = null;

  constructor(
    private readonly world: World,
    private readonly storage: SimStorage,
  ) {
    this.databases = [new SimDatabase(world), new SimDatabase(world)];
    this.directories = [0, 1, 2].map(() => new SimDirectory(world));
    for (let slot = 0; slot < 3; slot++) this.#start(slot);
  }

  get owner(): Node | undefined {
    return this.slots.find(({ parts, process }) => parts?.processor.role === 'owner' && !process.crashed);
  }

  /** Position of the last command decided, as far as anybody has read. */
  decided(): number {
    return Math.max(...this.slots.map(({ parts }) => parts?.feed.reader.commandPosition ?? -1));
  }

  /** A command that must leave an event, whoever appends it. */
  barrier(): NewRecord {
    const actor = { name: 'world', authenticated: true, address: '', userAgent: '' };
    const origin = { actor, reason: '', idempotencyKey: '', traceparent: '' };
    const header = { ...origin, id: this.world.random.uuid(), domain: 'engine', keyed: false };
    return { key: shardName, value: codec.encodeCommand({ type: 'engine.Tick', barrier: true }, header).value };
  }

  /** From now on nothing goes wrong. */
  calmDown(): void {
    this.storage.calmDown();
    for (const database of this.databases) database.calmDown();
    for (const directory of this.directories) directory.full = false;
    for (const { process } of this.slots) process.calmDown();
  }

  /** The owner dies and is not started again; then the clocks of the others step back by an hour. */
  loseOwner(): void {
    const { owner } = this;
    if (owner === undefined) return;
    this.world.fault('owner gone, clocks stepped back', owner.process.name);
    this.#abandoned = owner;
    owner.process.crash();
    // Some commands were seen by then.
    this.world.after(1_500, () => {
      for (const { process } of this.slots) process.clockOffMs -= 3_600_000;
    });
  }

  restartAll(): void {
    for (const { process } of [...this.slots]) process.crash();
  }

  #start(slot: number): void {
    const { world, storage } = this;
    const directory = this.directories[slot]!;
    if (!storage.calm) directory.harm();
    const node = startNode({
      name: `node-${slot}.${this.all.length}`,
      slot,
      world,
      storage,
      database: this.databases[slot >> 1]!,
      directory,
      onCrash: () => {
        if (this.#abandoned === node) return;
        world.after(storage.calm ? 10 : world.random.int(10, 3_000), () => this.#start(slot));
      },
    });
    this.slots[slot] = node;
    this.all.push(node);
  }
}
