import { isDeepStrictEqual } from 'node:util';
import { type Group, GroupReader } from '@holdfast/log';
import { MemoryReadModel, project } from '@holdfast/projections';
import { codec, keyHashes, type Node } from './cluster.js';
import { Model } from './model.js';
import type { SimStorage } from './sim-log.js';
import type { Observation } from './workload.js';

/** A promise that a run broke. */
export class Violation extends Error {}

function claim(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Violation(what);
}

/** Everything that must hold after a run, whatever went wrong in it. Gives the number of groups accepted. */
export async function check(storage: SimStorage, nodes: Node[], observed: Observation[]): Promise<number> {
  const groups = readAll(storage);
  for (const node of nodes) sameGroups(node, groups);
  everyCommandExplained(storage, groups);
  answersStand(observed, groups);
  realTimeOrder(observed);
  await readsAreLinearizable(observed, groups);
  await projectionsEqualTheFold(nodes, groups);
  return groups.length;
}

/** What a reader that begins now, at the log's start, accepts. */
function readAll(storage: SimStorage): Group[] {
  const reader = new GroupReader('shard-0');
  const groups: Group[] = [];
  for (const { position, value } of storage.streams.events) {
    const group = reader.take({ position, event: codec.decodeEvent(value) });
    if (group !== null) groups.push(group);
  }
  return groups;
}

/** No reader, whenever it began, accepted anything else, or stopped. SPEC rules 4 to 6. */
function sameGroups(node: Node, groups: Group[]): void {
  claim(node.failure === null, `${node.process.name} called a sound log corrupt: ${node.failure?.stack}`);
  node.accepted.forEach((group, n) => {
    const other = groups[n];
    claim(other?.hash === group.hash, `${node.process.name} accepted another group ${n} than a fresh reader`);
  });
}

/** Every command is decided once, in order, and as the model says. SPEC rules 3, 7, 10 and 11. */
function everyCommandExplained(storage: SimStorage, groups: Group[]): void {
  const model = new Model(keyHashes);
  const decided = new Map(groups.map((group) => [group.stamp.commandPosition, group]));
  claim(decided.size === groups.length, 'a command was decided twice');
  for (const { position, appendTime, value } of storage.streams.commands) {
    const expected = model.step(position, appendTime, codec.decodeCommand(value));
    const events = (decided.get(position)?.events ?? []).map(({ event }) => event);
    const told = `command ${position}: the log says ${JSON.stringify(events)}, the model ${JSON.stringify(expected)}`;
    claim(isDeepStrictEqual(plain(events), plain(expected)), told);
  }
}

/** An answer given stays the answer. SPEC rule 7. */
function answersStand(observed: Observation[], groups: Group[]): void {
  const hashes = new Set(groups.map(({ hash }) => hash));
  for (const seen of observed) {
    if (seen.kind === 'write') claim(hashes.has(seen.group.hash), `the answer to ${seen.id} is not in the log`);
  }
}

/** A request that began after another was answered is decided after it. */
function realTimeOrder(observed: Observation[]): void {
  const writes = observed.filter((seen) => seen.kind === 'write');
  for (const earlier of writes) {
    for (const later of writes) {
      const inOrder = earlier.answered >= later.invoked || earlier.group.sequence < later.group.sequence;
      // A retry is answered by the group that its first try made, if that came late.
      claim(
        inOrder || earlier.id === later.id,
        `${later.id} began after the answer to ${earlier.id}, but came before it`,
      );
    }
  }
}

/** A read shows a moment of the log not before any answer given when it began. */
async function readsAreLinearizable(observed: Observation[], groups: Group[]): Promise<void> {
  const reads = observed.filter((seen) => seen.kind === 'read').sort((a, b) => a.read - b.read);
  const writes = observed.filter((seen) => seen.kind === 'write');
  const fold = new MemoryReadModel();
  let next = 0;
  for (const read of reads) {
    for (; next < groups.length && groups[next]!.end <= read.read; next++) fold.fold(project(groups[next]!));
    const expected = await fold.status({ ids: [], criteria: [] });
    claim(isDeepStrictEqual(plain(read.status), plain(expected)), `a read at ${read.read} shows no moment of the log`);
    for (const { answered, group, id } of writes) {
      const stale = answered < read.invoked && group.end > read.read;
      claim(!stale, `a read at ${read.read} missed the answer to ${id}`);
    }
  }
}

/** In the end every read model that kept up equals the fold of the log. */
async function projectionsEqualTheFold(nodes: Node[], groups: Group[]): Promise<void> {
  const fold = new MemoryReadModel();
  for (const group of groups) fold.fold(project(group));
  const everything = { ids: [], criteria: [] };
  const expected = plain(await fold.status(everything));
  for (const { process, readModel } of nodes) {
    if (process.crashed) continue;
    const shown = plain(await readModel.status(everything));
    claim(isDeepStrictEqual(shown, expected), `${process.name} shows another status than the log`);
  }
}

/** Without the classes that a codec gives its values. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
