import type { CrayCommand, CrayEvent } from './cray/messages.js';
import type { EngineCommand, EngineEvent } from './engine.js';

/** Every command and event there is. A module joins here, and in `catalogue.ts`. */
export type Command = EngineCommand | CrayCommand;
export type Event = EngineEvent | CrayEvent;
