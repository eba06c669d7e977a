export type * from './decider.js';
