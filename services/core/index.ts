export type * from './decider.js';
export { coreLimits } from './limits.js';
export { settlingLevel } from './log-time.js';
export {
  coreModules,
  createDecider,
  domains,
  leasesOf,
  modulesWith,
  stateOf,
} from './modules.js';
export {
  createShardDecider,
  type Facts,
  lostCommands,
  type Module,
  type Modules,
  type Received,
  type ShardDecider,
  type ShardState,
  type Verdict,
} from './shard.js';
export { wholeSnapshot } from './whole-snapshot.js';
