export { type LmdbLog, type LmdbLogOptions, openLmdbLog } from './lmdb-log.js';
