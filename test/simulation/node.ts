import { domains, modulesWith } from '@holdfast/core';
import { type Group, type GroupFeed, LogError, type Logger, type Runtime, type ShardLog } from '@holdfast/log';
import { admissionLimits, gatewayLimits, type Processor, type ShardGateway } from '@holdfast/processor';
import { knownOf, type Positions, type Projector } from '@holdfast/projections';
import { type Pace, type Rows, type Shard, startShard, storedRows } from '@holdfast/shard';
import { type SimDatabase, SimReadModel, SimStore } from './database.js';
import { beginningOf, hasOwnRegistry, openNodeCodec } from './forms.js';
import { faultModule, givens } from './messages.js';
import { SimLog } from './sim-log.js';
import { type SimDirectory, SimSnapshots } from './snapshots.js';
import type { SimStorage } from './storage.js';
import { SimProcess, type World } from './world.js';

/** Often, so that most restarts go on from one. */
const snapshotEvents = 60;

/** One process of the service: production code on simulated ports. */
export interface Node {
  process: SimProcess;
  database: SimDatabase;
  /** Null until it has looked for a snapshot. */
  parts: Parts | null;
  /** Every group its feed accepted, in order, and when. */
  accepted: { group: Group; at: number }[];
  /** Set once it serves. */
  ready: boolean;
  /** Why it stopped, or what it found wrong with what it had stored; a sound log never makes it do either. */
  failure: Error | null;
}

export interface Parts {
  feed: GroupFeed;
  processor: Processor;
  projector: Projector;
  gateway: ShardGateway;
  readModel: SimReadModel;
}

interface Place {
  name: string;
  slot: number;
  world: World;
  storage: SimStorage;
  database: SimDatabase;
  directory: SimDirectory;
  onCrash(): void;
  /** How it opens its log, where that is not the one of the brokers. */
  open?(process: SimProcess): Promise<ShardLog>;
}

/** Starts a process. */
export function startNode(place: Place): Node {
  const { name, world, storage, database } = place;
  const process = new SimProcess(name, world, () => {
    if ((node.parts?.feed.reader.held ?? 0) > 0) world.fault('restart within a group', name);
    place.onCrash();
  });
  const node: Node = { process, database, parts: null, accepted: [], ready: false, failure: null };
  world.tell(name, () => 'starts');
  if (storage.takes === 'nothing') world.fault('start on a full disk', name);
  const started =
    place.open === undefined
      ? start(place, node, new SimLog(storage, process))
      : place.open(process).then((log) => start(place, node, log));
  started.catch((error: unknown) => {
    // An append that fails while the command log begins ends a real process too: its supervisor starts it again, as one
    // that is told to stop.
    const code = error instanceof LogError ? error.code : null;
    if (code === 'append-failed' || code === 'full') process.crash();
    else if (code !== 'closed') node.failure ??= error as Error;
  });
  return node;
}

/** The start that ships, on simulated ports. */
async function start(place: Place, node: Node, log: ShardLog): Promise<void> {
  const { world, slot, directory } = place;
  const { process } = node;
  const { runtime } = process;
  const codec = await openNodeCodec(world, slot, log);
  const modules = { ...modulesWith(givens), fault: faultModule };
  await startShard({
    log,
    ...{ codec, recorded: !hasOwnRegistry(world.seed), beginning: beginningOf(world.seed, codec) },
    runtime,
    logger: loggerOf(node),
    ...{ roles, domains, modules, secretFingerprint },
    snapshots: async () => new SimSnapshots(directory, process),
    rows: async () => rowsOf(place, process, log),
    // Clients press on also where nobody decides: that is when claims race one another.
    limits: { ...admissionLimits, queueAgeMsMax: gatewayLimits.decideMs },
    pace: paceOf(world, runtime),
    onMade: (shard) => see(shard, node, world),
  });
  node.ready = true;
}

const roles = ['api', 'processor', 'projector'] as const;
const secretFingerprint = 'fingerprint';

function rowsOf({ database }: Place, process: SimProcess, log: ShardLog): Rows {
  const store = new SimStore(database, process);
  // A service asks where its database can be asked; here it waits until it can.
  const load = (): Promise<Positions | null> =>
    store.load().catch(async () => {
      await new Promise<void>((resolve) => process.runtime.after(200, resolve));
      return load();
    });
  const known = async () => {
    const found = await load();
    return found === null ? [] : [knownOf(log.shard, found)];
  };
  // As on Kafka, where readers in other processes see only what is written.
  return storedRows(store, { known, heldPositionsMax: 0 });
}

/**
 * Groups here are small: cut smaller still, with whatever may happen between the parts; of some seeds by the log alone.
 */
function paceOf({ seed }: World, runtime: Runtime): Pace {
  const deciding = { turn: () => pause(runtime), eventsPerTurn: 2, recordsPerAppend: seed % 7 === 3 ? 40 : 5 };
  return { turn: () => Promise.resolve(), deciding, snapshotEvents };
}

/** Lets others see what a process does, from before it runs. */
function see({ feed, processor, projecting, gateway }: Shard, node: Node, world: World): void {
  const { process, database, accepted } = node;
  const { sequence } = feed.reader;
  if (sequence > 0) world.fault('start from a snapshot', process.name, `sequence ${sequence}`);
  feed.subscribe({
    group: (group) => void accepted.push({ group, at: world.now }),
    stopped: (error) => {
      node.failure ??= error;
    },
  });
  const projector = projecting!.status;
  const readModel = new SimReadModel(database, projector, process);
  node.parts = { feed, processor: processor!, projector, gateway: gateway!, readModel };
}

function loggerOf(node: Node): Logger {
  return tracing(node.process, (message) => {
    // A sound log never makes a projector distrust what it stored: it would mend that, and so hide the mistake.
    if (message.includes('anew')) node.failure ??= new Error(message);
  });
}

function pause(runtime: Runtime): Promise<void> {
  return new Promise((resolve) => {
    runtime.after(1, resolve);
  });
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
