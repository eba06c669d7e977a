import type { EngineCommand, EngineEvent } from './engine.js';
import { engineSamples } from './engine-samples.js';
import { engineShown } from './engine-shown.js';
import { type MessageSet, nothingGiven, type Place } from './module.js';

/** Events of the engine are on no resource: their key is the shard's id. */
const ofShard: Place<EngineEvent> = { key: (_event, shard) => shard, resource: () => null, creates: false };

export const engineSet = {
  name: 'engine',
  since: 1,
  samples: engineSamples,
  places: {
    'engine.ShardOpened': ofShard,
    'engine.CommandLogAttached': ofShard,
    'engine.LevelRaised': ofShard,
    'engine.SchemasRecorded': ofShard,
    'engine.TimeShifted': ofShard,
    'engine.TickerHeard': ofShard,
    'engine.EpochStarted': ofShard,
    'engine.EpochEnded': ofShard,
    'engine.RequestDecided': ofShard,
    'engine.Repeated': ofShard,
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
