import { atOnce, type Steps } from '@holdfast/events/steps';
import type { Restorer } from './decider.js';
import { domainOf } from './domains.js';
import { firstLevel } from './level.js';
import { nothingRemembered } from './request-memory.js';
import { decideReceived } from './shard-decide.js';
import { evolveShard } from './shard-evolve.js';
import { saveShard, shardRestorer, snapshotVersions } from './shard-snapshot.js';
import type { Facts, Modules, Received, ShardState, Verdict } from './shard-state.js';

/**
 * The decider of a whole shard: what every module shares. It keeps log time (SPEC rule 10), remembers requests (rule
 * 11), turns what cannot be decoded or decided into an outcome (rule 3), and hands the rest to the module that the
 * command's type names. It knows no module: they come as an argument.
 */
export interface ShardDecider {
  initial: ShardState;
  decide(received: Received, state: ShardState): Verdict;
  /** The same, made in steps. */
  decideInSteps(received: Received, state: ShardState): Steps<Verdict>;
  /** The state after a decision that left no event. */
  pass(state: ShardState, verdict: Pick<Verdict, 'now' | 'settled'>): ShardState;
  evolve(state: ShardState, facts: Facts): ShardState;
  /** As SnapshotForm, with a version for each form in it: a snapshot is of use only where all that it has are alike. */
  snapshotVersions: Readonly<Record<string, number>>;
  /**
   * Those that a snapshot may lack: a version without the module made it, and would have stopped at the module's first
   * event.
   */
  mayLack: readonly string[];
  save(state: ShardState): Iterable<unknown>;
  /** `versions`: those of the snapshot. What it gives throws where a module that it lacks has begun. */
  restorer(versions?: Readonly<Record<string, number>>): Restorer<ShardState>;
}

export function createShardDecider(modules: Modules): ShardDecider {
  const initial: ShardState = {
    secretFingerprint: '',
    domains: [],
    commandLog: '',
    level: firstLevel,
    schemas: [],
    time: 0,
    settled: 0,
    tickers: [],
    marked: 0,
    keyed: nothingRemembered,
    generated: nothingRemembered,
    states: Object.fromEntries(Object.entries(modules).map(([name, { initial }]) => [domainOf(name), initial])),
    begun: [],
  };
  return {
    initial,
    decide: (received, state) => atOnce(decideReceived(modules, received, state)),
    decideInSteps: (received, state) => decideReceived(modules, received, state),
    pass: (state, { now, settled }) =>
      now === state.time && settled === state.settled ? state : { ...state, time: now, settled },
    evolve: (state, facts) => evolveShard(modules, state, facts),
    snapshotVersions: snapshotVersions(modules),
    save: (state) => saveShard(modules, state),
    mayLack: Object.keys(modules),
    restorer: (versions) => shardRestorer(modules, versions),
  };
}
