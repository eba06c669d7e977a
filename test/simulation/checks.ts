import type { Group } from '@holdfast/log';
import { claim, everyCommandExplained, type Moment, readAll, sameJson, stood } from '../model/explain.js';
import type { Query } from '../model/view.js';
import type { Cluster } from './cluster.js';
import { allOrNothing, chainHolds, leasesLast, oneHolder } from './ledger.js';
import { codec, keyHashes } from './messages.js';
import type { Node } from './node.js';
import { eventualReadsAreMonotone, readsShowMoments, realTimeOrder } from './order.js';
import type { SimStorage } from './storage.js';
import type { Observation } from './workload.js';
import type { World } from './world.js';

export interface Run {
  world: World;
  storage: SimStorage;
  cluster: Cluster;
  observed: Observation[];
  /** Requests made after the faults stopped that were not answered. */
  unanswered: string[];
}

/** Everything that must hold after a run, whatever went wrong in it. Gives the number of groups accepted. */
export async function check({ world, storage, cluster, observed, unanswered }: Run): Promise<number> {
  const { commands, events } = storage.streams;
  const groups = readAll('shard-0', events, codec);
  for (const node of cluster.all) sameGroups(node, groups);
  chainHolds(groups);
  oneHolder(groups);
  allOrNothing(commands, groups);
  const edges = leasesLast(commands, groups);
  for (let n = 0; n < edges; n++) world.fault('renewal at the edge of its expiry');
  const moments = everyCommandExplained(commands, groups, codec, keyHashes);
  answersStand(observed, groups);
  realTimeOrder(observed);
  eventualReadsAreMonotone(observed);
  readsShowMoments(observed, moments);
  everythingIsAnswered(storage, groups, unanswered);
  await readModelsShowTheEnd(cluster, moments);
  countClaims(world, storage);
  return groups.length;
}

/** No reader, whenever it began, accepted anything else, or stopped. SPEC rules 4 to 6. */
function sameGroups(node: Node, groups: readonly Group[]): void {
  claim(node.failure === null, `${node.process.name} called a sound log corrupt: ${node.failure?.stack}`);
  const first = node.accepted[0]?.group.sequence;
  const from = groups.findIndex(({ sequence }) => sequence === first);
  node.accepted.forEach(({ group, at }, n) => {
    const same = groups[from + n]?.hash === group.hash;
    claim(same, `${node.process.name} accepted another group of sequence ${group.sequence} than a fresh reader`, {
      time: at,
    });
  });
}

/** An answer given stays the answer. SPEC rule 7. */
export function answersStand(observed: readonly Observation[], groups: readonly Group[]): void {
  const hashes = new Set(groups.map(({ hash }) => hash));
  for (const seen of observed) {
    if (seen.kind !== 'write') continue;
    claim(hashes.has(seen.group.hash), `the answer to ${seen.id} is not in the log`, { time: seen.answered });
  }
}

/** Once the faults have stopped, every command that must leave an event is decided, and every new request answered in time. */
function everythingIsAnswered(storage: SimStorage, groups: readonly Group[], unanswered: readonly string[]): void {
  claim(unanswered.length === 0, `no answer long after the last fault: ${unanswered.join('; ')}`);
  const decided = new Set(groups.map(({ stamp }) => stamp.commandPosition));
  // What landed in the last moments may still be on its way.
  const late = storage.now - 3_000;
  for (const { position, appendTime, value } of storage.streams.commands) {
    const found = stood(codec, value);
    const maySayNothing = !('undecodable' in found) && found.command.type === 'engine.Tick' && !found.command.barrier;
    claim(maySayNothing || appendTime > late || decided.has(position), `command ${position} was never decided`, {
      command: position,
    });
  }
}

const queries: Query[] = [
  { of: 'status', selection: { ids: [], criteria: [] } },
  { of: 'components', ids: null },
  { of: 'collections', kind: 'group' },
  { of: 'collections', kind: 'partition' },
];

/** In the end every database shows what the model does, and every process has read that far. */
async function readModelsShowTheEnd({ databases, slots }: Cluster, moments: readonly Moment[]): Promise<void> {
  const last = moments.at(-1)!;
  for (const { parts, process } of slots) {
    const read = parts?.projector.read ?? 0;
    claim(process.crashed || read >= last.end, `${process.name} has projected up to ${read} of ${last.end}`);
  }
  for (const { rows } of databases) {
    for (const query of queries) {
      const shown = await answerOf(rows, query);
      claim(sameJson(shown, last.view.answer(query)), `a read model shows another ${query.of} than the model`);
    }
  }
}

function answerOf(rows: Cluster['databases'][number]['rows'], query: Query): Promise<unknown> {
  switch (query.of) {
    case 'status':
      return rows.status(query.selection);
    case 'reservations':
      return rows.reservations(query.xnames);
    case 'components':
      return rows.components(query.ids);
    case 'collections':
      return rows.collections(query.kind);
  }
}

/** How often two claimed the same epoch: the log must have seen it, for the rule on it to have been tried. */
function countClaims(world: World, { streams }: SimStorage): void {
  const claimed = new Map<number, string>();
  for (const { value } of streams.events) {
    const { event, stamp } = codec.decodeEvent(value);
    if (event.type !== 'engine.EpochStarted') continue;
    const other = claimed.get(stamp.epoch);
    if (other === undefined) claimed.set(stamp.epoch, stamp.owner);
    else if (other !== stamp.owner) world.fault('two claims of one epoch');
  }
}
