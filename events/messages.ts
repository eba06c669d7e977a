import type { CrayCommand, CrayEvent } from './cray/messages.js';
import type { EngineCommand, EngineEvent } from './engine.js';
import type { PlacementCommand, PlacementEvent } from './placement/messages.js';

/** Every command and event there is. A module joins here, and in `catalogue.ts`. */
export type Command = EngineCommand | CrayCommand | PlacementCommand;
export type Event = EngineEvent | CrayEvent | PlacementEvent;
