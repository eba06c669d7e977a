export { folded, foldingDecider } from './fold.js';
export type { Pace, ShardOptions } from './options.js';
export { snapshotsOf } from './recovery.js';
export type { ShardRole } from './roles.js';
export { type DatabaseRows, databaseRows, type Projecting, type Rows, storedRows } from './rows.js';
export type { ServedOptions } from './served.js';
export { makeShard, type Shard, startShard } from './shard.js';
export { shardName } from './shard-name.js';
