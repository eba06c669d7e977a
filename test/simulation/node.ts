import { createShardDecider, type ShardState } from '@holdfast/core';
import { createCrayDecider } from '@holdfast/core/cray/index';
import { createPlacementDecider } from '@holdfast/core/placement/index';
import type { Codec } from '@holdfast/events';
import { type Group, GroupFeed, LogError, type Logger, type Runtime, requireHeld, type ShardLog } from '@holdfast/log';
import {
  admissionLimits,
  beginCommandLog,
  findSnapshot,
  gatewayLimits,
  newestBeginning,
  Processor,
  ShardGateway,
  SnapshotTaker,
} from '@holdfast/processor';
import { knownOf, type Positions, Projector } from '@holdfast/projections';
import { type SimDatabase, SimReadModel, SimStore } from './database.js';
import { adoptBegun, beginsAtNewest, openNodeCodec } from './forms.js';
import { faultModule, keyHashes } from './messages.js';
import { SimLog } from './sim-log.js';
import { type SimDirectory, SimSnapshots } from './snapshots.js';
import type { SimStorage } from './storage.js';
import { SimProcess, type World } from './world.js';

const identity = { domains: ['cray/default', 'placement/default'], secretFingerprint: 'fingerprint' };

/** Often, so that most restarts go on from one. */
const snapshotEvery = 60;

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
    // An append that fails while the command log begins ends a real process too: its supervisor starts it again, as one that is told to stop.
    const code = error instanceof LogError ? error.code : null;
    if (code === 'append-failed' || code === 'full') process.crash();
    else if (code !== 'closed') node.failure ??= error as Error;
  });
  return node;
}

/** In the order in which a service starts. */
async function start(place: Place, node: Node, log: ShardLog): Promise<void> {
  const { world, slot } = place;
  const codec = await openNodeCodec(world, slot, log);
  const { feed, processor, projector, gateway } = await build(place, node, log, codec);
  await requireRowsHeld(place, node, log, codec);
  const beginning = beginsAtNewest(world.seed) ? newestBeginning(codec) : undefined;
  await beginCommandLog(log, codec, node.process.runtime, identity, beginning);
  await adoptBegun(world, log, codec);
  feed.start();
  projector.start();
  await processor.start();
  await feed.caughtUpWith(await log.head('events'));
  gateway.start();
  node.ready = true;
}

/** As the service does where its database can be asked, and here it waits until it can. */
async function requireRowsHeld(
  { database, world }: Place,
  { process }: Node,
  log: ShardLog,
  codec: Codec,
): Promise<void> {
  const store = new SimStore(database, process);
  const load = (): Promise<Positions | null> =>
    store.load().catch(async () => {
      await new Promise<void>((resolve) => process.runtime.after(200, resolve));
      return load();
    });
  const found = await load();
  if (found === null) return;
  // Whoever wrote rows had read a log that others have begun since this process looked what its ids mean.
  await adoptBegun(world, log, codec);
  await requireHeld(log, codec, knownOf(log.shard, found));
}

async function build({ world, database, directory }: Place, node: Node, log: ShardLog, codec: Codec): Promise<Parts> {
  const { process } = node;
  const { runtime } = process;
  const logger = tracing(process, (message) => {
    // A sound log never makes a projector distrust what it stored: it would mend that, and so hide the mistake.
    if (message.includes('anew')) node.failure ??= new Error(message);
  });
  const turn = () => Promise.resolve();
  const modules = { cray: createCrayDecider({ keyHashes }), placement: createPlacementDecider() };
  const decider = createShardDecider({ ...modules, fault: faultModule });
  const common = {
    log,
    codec,
    runtime,
    logger,
    turn,
    form: decider,
    store: new SimSnapshots(directory, process),
  };
  const snapshot = await findSnapshot<ShardState>(common);
  if (snapshot !== null) world.fault('start from a snapshot', process.name, `sequence ${snapshot.checkpoint.sequence}`);
  const feed = new GroupFeed(snapshot === null ? common : { ...common, checkpoint: snapshot.checkpoint });
  const { secretFingerprint } = identity;
  // Groups here are small: cut smaller still, with whatever may happen between the parts; of some seeds by the log alone.
  const recordsPerAppend = world.seed % 7 === 3 ? 40 : 5;
  const parts = { turn: () => pause(runtime), eventsPerTurn: 2, recordsPerAppend };
  const processor = new Processor({ ...common, ...parts, feed, decider, snapshot, secretFingerprint });
  new SnapshotTaker({ ...common, feed, fold: () => processor.fold(), every: snapshotEvery });
  // As on Kafka, where readers in other processes see only what is written.
  const projector = new Projector({
    ...common,
    store: new SimStore(database, process),
    heldPositionsMax: 0,
    onLost: (error) => feed.stop(error),
  });
  feed.subscribe({
    group: (group) => void node.accepted.push({ group, at: world.now }),
    stopped: (error) => {
      node.failure ??= error;
    },
  });
  // Clients press on also where nobody decides: that is when claims race one another.
  const limits = { ...admissionLimits, queueAgeMsMax: gatewayLimits.decideMs };
  const gateway = new ShardGateway({ ...common, feed, limits });
  const readModel = new SimReadModel(database, projector, process);
  node.parts = { feed, processor, projector, gateway, readModel };
  return node.parts;
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
