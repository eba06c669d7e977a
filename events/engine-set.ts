import type { EngineCommand, EngineEvent } from './engine.js';
import { engineSamples } from './engine-samples.js';
import { engineShown } from './engine-shown.js';
import { changes, type EventSubject, type MessageSet, nothingGiven } from './module.js';

/** Events of the engine are on no resource: their key is the shard's id. */
const ofShard: EventSubject<EngineEvent> = { key: (_event, shard) => shard, resource: () => null };

export const engineSet = {
  name: 'engine',
  since: 1,
  samples: engineSamples,
  places: {
    'engine.ShardOpened': changes(ofShard),
    'engine.CommandLogAttached': changes(ofShard),
    'engine.LevelRaised': changes(ofShard),
    'engine.SchemasRecorded': changes(ofShard),
    'engine.TimeShifted': changes(ofShard),
    'engine.TickerHeard': changes(ofShard),
    'engine.EpochStarted': changes(ofShard),
    'engine.EpochEnded': changes(ofShard),
    'engine.RequestDecided': changes(ofShard),
    'engine.Repeated': changes(ofShard),
  },
  shown: engineShown,
  levels: {
    'engine.CommandLogStarted.v3': 2,
    'engine.LevelRaiseRequested.v1': 2,
    'engine.LevelRaised.v1': 2,
    'engine.SchemasRecorded.v1': 2,
    'engine.Tick.v3': 4,
    'engine.RequestDecided.v3': 4,
    'engine.Repeated.v3': 4,
    'engine.TimeShifted.v1': 4,
    'engine.TickerHeard.v1': 4,
  },
  upcasters: {},
  given: nothingGiven,
} as const satisfies MessageSet<EngineCommand, EngineEvent>;
