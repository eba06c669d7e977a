import { isDeepStrictEqual } from 'node:util';
import type { Group } from '@holdfast/log';
import type { StatusAnswer } from '@holdfast/projections';
import { claim, everyCommandExplained, type Moment, readAll } from '../model/explain.js';
import { codec, keyHashes, type Node } from './cluster.js';
import type { SimStorage } from './sim-log.js';
import type { Observation } from './workload.js';

/** Everything that must hold after a run, whatever went wrong in it. Gives the number of groups accepted. */
export async function check(storage: SimStorage, nodes: Node[], observed: Observation[]): Promise<number> {
  const { commands, events } = storage.streams;
  const groups = readAll('shard-0', events, codec);
  for (const node of nodes) sameGroups(node, groups);
  const moments = everyCommandExplained(commands, groups, codec, keyHashes);
  answersStand(observed, groups);
  realTimeOrder(observed);
  readsAreLinearizable(observed, moments);
  await readModelsShowTheEnd(nodes, moments);
  return groups.length;
}

/** No reader, whenever it began, accepted anything else, or stopped. SPEC rules 4 to 6. */
function sameGroups(node: Node, groups: Group[]): void {
  claim(node.failure === null, `${node.process.name} called a sound log corrupt: ${node.failure?.stack}`);
  node.accepted.forEach((group, n) => {
    const other = groups[n];
    claim(other?.hash === group.hash, `${node.process.name} accepted another group ${n} than a fresh reader`);
  });
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

/** A read shows a moment of the log, and none before an answer that was given when it began. */
function readsAreLinearizable(observed: Observation[], moments: Moment[]): void {
  const writes = observed.filter((seen) => seen.kind === 'write');
  for (const read of observed) {
    if (read.kind !== 'read') continue;
    const moment = moments.findLast(({ end }) => end <= read.read);
    claim(isDeepStrictEqual(shown(read.status), moment?.status), `a read at ${read.read} shows no moment of the log`);
    for (const { answered, group, id } of writes) {
      const stale = answered < read.invoked && group.end > read.read;
      claim(!stale, `a read at ${read.read} missed the answer to ${id}`);
    }
  }
}

/** In the end every process shows what the model does. */
async function readModelsShowTheEnd(nodes: Node[], moments: Moment[]): Promise<void> {
  for (const { process, readModel } of nodes) {
    if (process.crashed) continue;
    const status = shown(await readModel.status({ ids: [], criteria: [] }));
    claim(isDeepStrictEqual(status, moments.at(-1)?.status), `${process.name} shows another status than the model`);
  }
}

/** A status as the model tells it. */
function shown({ components }: StatusAnswer): unknown {
  return components.map(({ xname, locked, disabled, reservation }) => {
    const held = reservation && { id: reservation.reservationId, expiresAt: reservation.expiresAt };
    return { xname, locked, disabled, reservation: held };
  });
}
