import type { EngineEvent, Event } from '@holdfast/events';

/** Events of the engine, as far as this version knows them: they are on no component. */
export function isOfEngine(event: Event): event is EngineEvent {
  switch (event.type) {
    case 'engine.ShardOpened':
    case 'engine.CommandLogAttached':
    case 'engine.LevelRaised':
    case 'engine.SchemasRecorded':
    case 'engine.TimeShifted':
    case 'engine.TickerHeard':
    case 'engine.EpochStarted':
    case 'engine.EpochEnded':
    case 'engine.RequestDecided':
    case 'engine.Repeated':
      return true;
    default:
      return false;
  }
}
