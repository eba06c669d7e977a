export { openApart } from './apart/apart-log.js';
export { kernelFileSystem } from './file-system.js';
export { type LmdbLog, type LmdbLogOptions, openLmdbLog } from './lmdb-log.js';
export { networkFileSystem, peekLmdbLog } from './peek.js';
