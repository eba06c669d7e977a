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
export { createShardDecider, type ShardDecider } from './shard.js';
export { lostCommands } from './shard-decide.js';
export type { Facts, Module, Modules, Received, ShardState, Verdict } from './shard-state.js';
export { wholeSnapshot } from './whole-snapshot.js';
