export * from './group.js';
export * from './port.js';
export type * from './runtime.js';
