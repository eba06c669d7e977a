import type { EngineEvent } from '@holdfast/events';
import { unknownEvent } from './unknown-event.js';

/**
 * By how many milliseconds an event of the engine moves every lease; null where it moves none. Throws
 * UnknownEventError.
 */
export function leasesMovedBy(event: EngineEvent): number | null {
  switch (event.type) {
    case 'engine.TimeShifted':
      return event.byMs;
    case 'engine.ShardOpened':
    case 'engine.CommandLogAttached':
    case 'engine.LevelRaised':
    case 'engine.SchemasRecorded':
    case 'engine.TickerHeard':
    case 'engine.EpochStarted':
    case 'engine.EpochEnded':
    case 'engine.RequestDecided':
    case 'engine.Repeated':
      return null;
    default:
      return unknownEvent(event);
  }
}
