import { lostCommands } from '@holdfast/core';
import type { Group, LogRecord } from '@holdfast/log';
import { shardName } from '@holdfast/shard/shard-name';
import { claim, sameJson } from '../model/claim.js';
import { everyCommandExplained, type Moment, readAll } from '../model/explain.js';
import { testModules } from '../modules.js';
import type { Cluster } from './cluster.js';
import { allOrNothing, chainHolds, leasesLast, oneHolder } from './ledger.js';
import { codec, eventOf, givens } from './messages.js';
import type { Node } from './node.js';
import { barriersAreAwaited, eventualReadsAreMonotone, lastBefore, readsShowMoments, realTimeOrder } from './order.js';
import type { SimStorage } from './storage.js';
import { leasesLastInTruth } from './true-time.js';
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

/** What landed less than this before the end of a run, in milliseconds, may still be on its way. */
const lastMomentsMs = 3_000;

/** Everything that must hold after a run, whatever went wrong in it. Gives the number of groups accepted. */
export async function check(run: Run): Promise<number> {
  const { world, storage, cluster, observed, unanswered } = run;
  const groups = readAll(shardName, storage.streams.events, codec);
  const commands = settled(storage, groups);
  for (const node of cluster.all) sameGroups(node, groups);
  chainHolds(groups);
  oneHolder(groups);
  allOrNothing(commands, groups);
  checksOfModules(groups, observed);
  const lost = groups.flatMap(({ stamp }) => lostCommands(stamp.commandId) ?? []);
  for (const { to } of lost) {
    claim(to < storage.commandsStart, `command ${to} is called lost, and the log has it`, { command: to });
    world.fault('undecided commands lost');
  }
  const isLost = (position: number) => lost.some(({ from, to }) => from <= position && position <= to);
  const edges = leasesLast(
    commands.filter(({ position }) => !isLost(position)),
    groups,
  );
  for (let n = 0; n < edges; n++) world.fault('renewal at the edge of its expiry');
  leasesLastInTruth(storage, groups, world.now);
  const moments = everyCommandExplained(commands, groups, codec, givens);
  answersStand(observed, groups);
  realTimeOrder(observed);
  eventualReadsAreMonotone(observed);
  readsShowMoments(observed, moments);
  barriersAreAwaited(observed, groups);
  claim(unanswered.length === 0, `no answer long after the last fault: ${unanswered.join('; ')}`);
  await readModelsShowTheEnd(run, moments);
  countClaims(world, storage);
  return groups.length;
}

/** What each module promises beside. */
export function checksOfModules(groups: readonly Group[], observed: readonly Observation[]): void {
  for (const { simulation } of testModules) for (const holds of simulation.checks) holds(groups, observed);
}

/** No reader, whenever it began, accepted anything else, or stopped. SPEC rules 4 to 6. */
function sameGroups(node: Node, groups: readonly Group[]): void {
  claim(node.failure === null, `${node.process.name} called a sound log corrupt: ${node.failure?.stack}`);
  acceptedOnly(node, groups);
}

/** What a process accepted is what is in the log. */
export function acceptedOnly(node: Node, groups: readonly Group[]): void {
  const first = node.accepted[0]?.group.sequence;
  const from = groups.findIndex(({ sequence }) => sequence === first);
  node.accepted.forEach(({ group, at }, n) => {
    const same = groups[from + n]?.hash === group.hash;
    claim(same, `${node.process.name} accepted another group of sequence ${group.sequence} than a fresh reader`, {
      time: at,
    });
  });
}

/** An answer given stays the answer, and is the one to what was asked. SPEC rules 7 and 11. */
export function answersStand(observed: readonly Observation[], groups: readonly Group[]): void {
  const hashes = new Set(groups.map(({ hash }) => hash));
  for (const seen of observed) {
    if (seen.kind !== 'write') continue;
    const outcome = seen.group.events.at(-1)!.event;
    const digest = 'digest' in outcome ? outcome.digest : '';
    claim(seen.digests.includes(digest), `the answer to ${seen.id} is one to another body`, { time: seen.answered });
    claim(hashes.has(seen.group.hash), `the answer to ${seen.id} is not in the log`, { time: seen.answered });
  }
}

/** The commands without those of the last moments that are still on their way to be decided. */
function settled({ now, streams }: SimStorage, groups: readonly Group[]): LogRecord[] {
  const decided = groups.at(-1)?.stamp.commandPosition ?? -1;
  return streams.commands.filter(
    ({ position, appendTime }) => position <= decided || appendTime <= now - lastMomentsMs,
  );
}

/**
 * In the end every process that lives has read all but the last moments, and its database shows what the model does.
 */
async function readModelsShowTheEnd({ cluster, storage }: Run, moments: readonly Moment[]): Promise<void> {
  const due = storage.streams.events.filter(({ appendTime }) => appendTime <= storage.now - lastMomentsMs).length;
  for (const { process, database } of cluster.slots) {
    if (process.crashed) continue;
    const read = (await database.rows.load())?.read ?? 0;
    claim(read >= due, `${process.name} has projected up to ${read} of ${due}`);
    const { view } = lastBefore(moments, read)!;
    for (const { name: module, simulation } of testModules) {
      const { reads } = simulation;
      for (const query of reads.all) {
        const shown = reads.shown(await reads.ask(database.rows.present, query), query);
        const expected = view.answer({ module, query });
        claim(sameJson(shown, expected), `${process.name} shows another ${query.of} than the model`);
      }
    }
  }
}

/** How often two claimed the same epoch: the log must have seen it, for the rule on it to have been tried. */
function countClaims(world: World, { streams }: SimStorage): void {
  const claimed = new Map<number, string>();
  for (const record of streams.events) {
    const decoded = eventOf(record);
    if (decoded === null) continue;
    const { event, stamp } = decoded;
    if (event.type !== 'engine.EpochStarted') continue;
    const other = claimed.get(stamp.epoch);
    if (other === undefined) claimed.set(stamp.epoch, stamp.owner);
    else if (other !== stamp.owner) world.fault('two claims of one epoch');
  }
}
