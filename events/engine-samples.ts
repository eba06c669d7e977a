import type { EngineCommand, EngineEvent } from './engine.js';
import type { OneOfEach } from './module.js';
import { sampleHash as hash, sampleHeader, sampleStamp } from './sample-header.js';

const { actor, reason, idempotencyKey, traceparent } = sampleHeader;
const origin = { actor, reason, idempotencyKey, traceparent };
const logId = `${sampleHeader.id}.17`;
const schemas = [{ id: 40_001, name: 'holdfast.engine.Repeated', version: 1, fingerprint: hash }];

const commands: OneOfEach<EngineCommand> = {
  'engine.CommandLogStarted': {
    type: 'engine.CommandLogStarted',
    logId,
    shard: sampleStamp.shard,
    domains: [sampleHeader.domain],
    secretFingerprint: hash,
    level: 2,
    schemas,
  },
  'engine.LevelRaiseRequested': { type: 'engine.LevelRaiseRequested', level: 2, schemas },
  'engine.Tick': {
    type: 'engine.Tick',
    barrier: true,
    reading: { ticker: logId, boot: hash, ms: 5_000, last: { position: 40, ms: 4_000 } },
  },
};

const events: OneOfEach<EngineEvent> = {
  'engine.ShardOpened': { type: 'engine.ShardOpened', domains: [sampleHeader.domain], secretFingerprint: hash },
  'engine.CommandLogAttached': { type: 'engine.CommandLogAttached', logId },
  'engine.LevelRaised': { type: 'engine.LevelRaised', level: 2 },
  'engine.SchemasRecorded': { type: 'engine.SchemasRecorded', schemas },
  'engine.TimeShifted': { type: 'engine.TimeShifted', byMs: -3_000 },
  'engine.TickerHeard': {
    type: 'engine.TickerHeard',
    ticker: logId,
    boot: hash,
    position: 40,
    settled: 1_800_000_000_000,
  },
  'engine.EpochStarted': { type: 'engine.EpochStarted' },
  'engine.EpochEnded': { type: 'engine.EpochEnded' },
  'engine.RequestDecided': {
    type: 'engine.RequestDecided',
    command: 'engine.Tick',
    status: 'refused',
    total: 2,
    reason: 'Locked',
    digest: hash,
    keyed: true,
    origin,
    settled: 1_800_000_000_000,
  },
  'engine.Repeated': {
    type: 'engine.Repeated',
    originalSequence: 40,
    digest: hash,
    origin,
    settled: 1_800_000_000_000,
  },
};

export const engineSamples = { commands, events };
