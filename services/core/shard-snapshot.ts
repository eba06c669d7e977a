import type { Restorer, SnapshotForm } from './decider.js';
import { domainOf } from './domains.js';
import { firstLevel } from './level.js';
import { PersistentMap } from './persistent-map.js';
import type { Remembered, RequestMemory } from './request-memory.js';
import type { Modules, ShardState } from './shard-state.js';

/**
 * A `ShardState` in a snapshot: what is one of a kind first, then each remembered request, then each module's own
 * pieces.
 */
type ShardPiece =
  | { shard: Omit<ShardState, 'keyed' | 'generated' | 'states' | 'begun'> & Record<`${Memory}Since`, number> & Begun }
  | { request: [memory: Memory, generation: Generation, id: string, digest: string, sequence: number, time: number] }
  | { module: string; piece: unknown };

/** Absent in what was saved before it was kept. */
type Begun = Partial<Pick<ShardState, 'begun'>>;
type Memory = 'keyed' | 'generated';
type Generation = 'current' | 'previous';
const memories = ['keyed', 'generated'] as const;
const generations = ['previous', 'current'] as const;

/** The version of the shard's own pieces; `snapshotVersions` names those of the modules too. */
const ownVersion = 2;

/** What must be alike for a snapshot to be of use: the version of each form in it. */
export function snapshotVersions(modules: Modules): Record<string, number> {
  const versions = Object.entries(modules).map(([name, { snapshotVersion }]) => [name, snapshotVersion] as const);
  return Object.fromEntries([['engine', ownVersion] as const, ...versions]);
}

export function* saveShard(modules: Modules, state: ShardState): Generator<ShardPiece> {
  const { keyed, generated, states, ...shard } = state;
  yield { shard: { ...shard, keyedSince: keyed.since, generatedSince: generated.since } };
  for (const memory of memories) {
    for (const generation of generations) {
      for (const [id, { digest, sequence, time }] of state[memory][generation].each()) {
        yield { request: [memory, generation, id, digest, sequence, time] };
      }
    }
  }
  for (const [module, { save }] of Object.entries(modules) as [string, SnapshotForm<unknown>][]) {
    for (const piece of save(states[domainOf(module)])) yield { module, piece };
  }
}

export function shardRestorer(modules: Modules, versions = snapshotVersions(modules)): Restorer<ShardState> {
  let shard: Extract<ShardPiece, { shard: unknown }>['shard'] | null = null;
  const remembered = { keyed: emptyMemory(), generated: emptyMemory() };
  const restorers = new Map(Object.entries(modules).map(([name, module]) => [name, module.restorer()] as const));
  return {
    take(piece) {
      const saved = piece as ShardPiece;
      if ('shard' in saved) shard = saved.shard;
      else if ('request' in saved) {
        const [memory, generation, id, digest, sequence, time] = saved.request;
        const maps = remembered[memory];
        maps[generation] = maps[generation].set(id, { digest, sequence, time });
      } else restorers.get(saved.module)!.take(saved.piece);
    },
    state() {
      if (shard === null) throw new Error('the saved state has no beginning');
      const has = (name: string) => Object.hasOwn(versions, name);
      const { keyedSince, generatedSince, begun = Object.keys(modules).filter(has), ...rest } = shard;
      const lacking = begun.filter((name) => !has(name));
      if (lacking.length > 0) throw new Error(`the saved state lacks ${lacking.join(', ')}, which had begun before it`);
      return {
        // Of one that was saved before there were levels.
        ...{ level: firstLevel, schemas: [] },
        ...rest,
        keyed: { ...remembered.keyed, since: keyedSince },
        generated: { ...remembered.generated, since: generatedSince },
        states: Object.fromEntries(
          [...restorers].map(([name, each]) => [domainOf(name), has(name) ? each.state() : modules[name]!.initial]),
        ),
        begun,
      };
    },
  };
}

function emptyMemory(): Omit<RequestMemory, 'since'> {
  return { current: PersistentMap.empty<Remembered>(), previous: PersistentMap.empty<Remembered>() };
}
