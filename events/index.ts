export type * from './cray/messages.js';
export type * from './engine.js';
export type * from './envelope.js';
export type * from './messages.js';
