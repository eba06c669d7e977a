import type { Seeds } from './batch.js';

/** The schedules in which the log loses its tail. */
export const losses: Seeds = { from: 7, step: 20, count: 100 };

/** The schedules in which the disk fills up. */
export const fullDisks: Seeds = { from: 6, step: 16, count: 60 };

/** Those in which a stranger writes among the events. */
export const strangers: Seeds = { from: 13, step: 40, count: 50 };

/** Those in which the log removes its commands. */
export const removals: Seeds = { from: 3, step: 20, count: 50 };

/** Those in which the log is raised to a level in the middle, and those in which each process has another registry. */
export const raised: Seeds = { from: 2, step: 5, count: 60 };
export const registries: Seeds = { from: 4, step: 5, count: 20 };

/** Those in which the log has the newest level from its beginning. */
export const newest: Seeds = { from: 3, step: 5, count: 60 };

/** Those in which clocks step often, and machines are suspended. */
export const clocks: Seeds = { from: 3, step: 10, count: 60 };

/** The schedules in which it is exchanged. */
export const replacements: Seeds = { from: 17, step: 40, count: 50 };

/** Those with two processes on one directory. */
export const openers: Seeds = { from: 33, step: 40, count: 50 };
