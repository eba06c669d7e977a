export { openApart } from './apart/apart-log.js';
export { kernelFileSystem } from './file-system.js';
export { openLmdbLog } from './lmdb-log.js';
export type { LmdbLog, LmdbLogOptions } from './options.js';
export { networkFileSystem, peekLmdbLog } from './peek.js';
