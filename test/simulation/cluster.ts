import { createShardDecider } from '@holdfast/core';
import { createCrayDecider } from '@holdfast/core/cray/index';
import { type Group, GroupFeed, LogError, type Logger, type NewRecord } from '@holdfast/log';
import { beginCommandLog, Processor, ShardGateway } from '@holdfast/processor';
import { Projector } from '@holdfast/projections';
import { SimDatabase, SimReadModel, SimStore } from './database.js';
import { codec, faultModule, keyHashes } from './messages.js';
import { SimLog } from './sim-log.js';
import type { SimStorage } from './storage.js';
import { SimProcess, type World } from './world.js';

export const identity = { domains: ['cray/default'], secretFingerprint: 'fingerprint' };

/** Three processes, each started again whenever it dies. Two share a database, as all do in production. */
export class Cluster {
  readonly slots: Node[] = [];
  /** Also those that have died. */
  readonly all: Node[] = [];
  readonly databases: SimDatabase[];
  #abandoned: Node | null = null;

  constructor(
    private readonly world: World,
    private readonly storage: SimStorage,
  ) {
    this.databases = [new SimDatabase(world), new SimDatabase(world)];
    for (let slot = 0; slot < 3; slot++) this.#start(slot);
  }

  /** Groups decided so far, as far as anybody has read. */
  decided(): number {
    return Math.max(...this.slots.map(({ feed }) => feed.reader.commandPosition));
  }

  /** A command that must leave an event, whoever appends it. */
  barrier(): NewRecord {
    const actor = { name: 'world', authenticated: true, address: '', userAgent: '' };
    const header = { id: this.world.random.uuid(), domain: 'engine', actor, keyed: false };
    return { key: 'shard-0', value: codec.encodeCommand({ type: 'engine.Tick', barrier: true }, header).value };
  }

  /** From now on nothing goes wrong. */
  calmDown(): void {
    this.storage.calmDown();
    for (const database of this.databases) database.calmDown();
    for (const { process } of this.slots) process.calmDown();
  }

  /** The owner dies and is not started again; with it the clocks of the others step back by an hour. */
  loseOwner(): void {
    const owner = this.slots.find(({ processor }) => processor.role === 'owner');
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
    const node = startNode({
      name: `node-${slot}.${this.all.length}`,
      world,
      storage,
      database: this.databases[slot >> 1]!,
      onCrash: () => {
        if (this.#abandoned !== node)
          world.after(storage.calm ? 10 : world.random.int(10, 3_000), () => this.#start(slot));
      },
    });
    this.slots[slot] = node;
    this.all.push(node);
  }
}

/** One process of the service: production code on simulated ports. */
export interface Node {
  process: SimProcess;
  feed: GroupFeed;
  processor: Processor;
  projector: Projector;
  gateway: ShardGateway;
  readModel: SimReadModel;
  /** Every group its feed accepted, in order, and when. */
  accepted: { group: Group; at: number }[];
  /** Set once it serves. */
  ready: boolean;
  /** Why it stopped, or what it found wrong with what it had stored; a sound log never makes it do either. */
  failure: Error | null;
}

interface Place {
  name: string;
  world: World;
  storage: SimStorage;
  database: SimDatabase;
  onCrash(): void;
}

function startNode({ name, world, storage, database, onCrash }: Place): Node {
  const process = new SimProcess(name, world, () => {
    if (node.feed.reader.held > 0) world.fault('restart within a group', name);
    onCrash();
  });
  const log = new SimLog(storage, process);
  const { runtime } = process;
  const logger = tracing(process, (message) => {
    // A sound log never makes a projector distrust what it stored: it would mend that, and so hide the mistake.
    if (message.includes('anew')) node.failure ??= new Error(message);
  });
  const turn = () => Promise.resolve();
  const feed = new GroupFeed({ log, codec, turn });
  const decider = createShardDecider({ cray: createCrayDecider({ keyHashes }), fault: faultModule });
  const store = new SimStore(database, process);
  // As on Kafka, where readers in other processes see only what is written.
  const projector = new Projector({ log, codec, store, runtime, logger, turn, heldPositionsMax: 0 });
  const { secretFingerprint } = identity;
  const node: Node = {
    process,
    feed,
    processor: new Processor({ log, feed, codec, decider, runtime, logger, secretFingerprint }),
    projector,
    gateway: new ShardGateway({ log, feed, codec, runtime, logger }),
    readModel: new SimReadModel(database, projector, process),
    accepted: [],
    ready: false,
    failure: null,
  };
  feed.subscribe({
    group: (group) => node.accepted.push({ group, at: world.now }),
    stopped: (error) => {
      node.failure = error;
    },
  });
  world.tell(name, () => 'starts');
  start(node, log).catch((error: unknown) => {
    // An append that fails while the command log begins ends a real process too: its supervisor starts it again.
    if (error instanceof LogError && error.code === 'append-failed') process.crash();
    else node.failure ??= error as Error;
  });
  return node;
}

async function start(node: Node, log: SimLog): Promise<void> {
  await beginCommandLog(log, codec, node.process.runtime, identity);
  node.feed.start();
  node.projector.start();
  await node.processor.start();
  await node.feed.caughtUpWith(await log.head('events'));
  node.gateway.start();
  node.ready = true;
}

/** Notes what the parts say to an operator. */
function tracing({ name, world }: SimProcess, onWarning: (message: string) => void): Logger {
  const say = (details: object, message: string) => world.tell(name, () => `${message} ${JSON.stringify(details)}`);
  const warn = (details: object, message: string) => {
    say(details, message);
    onWarning(message);
  };
  return { info: say, warn, error: say };
}
