import type { EngineEvent } from './engine.js';
import type { Origin } from './envelope.js';
import type { ShownEvents, ShownFields } from './showing.js';

/** Who asked, and why. An Idempotency-Key is its caller's to know. */
export const originShown = {
  actor: { name: 'shown', authenticated: 'shown', address: 'shown', userAgent: 'shown' },
  reason: 'shown',
  idempotencyKey: 'withheld',
  traceparent: 'shown',
} as const satisfies ShownFields<Origin>;

const schemas = { id: 'shown', name: 'shown', version: 'shown', fingerprint: 'shown' } as const;

/**
 * What readers of the audit see of the engine's events. A fingerprint of the secret, or of a body with secrets, is not
 * for them.
 */
export const engineShown = {
  'engine.ShardOpened': { domains: 'shown', secretFingerprint: 'withheld' },
  'engine.CommandLogAttached': { logId: 'shown' },
  'engine.LevelRaised': { level: 'shown' },
  'engine.SchemasRecorded': { schemas },
  'engine.TimeShifted': { byMs: 'shown' },
  'engine.TickerHeard': { ticker: 'shown', boot: 'shown', position: 'shown', settled: 'shown' },
  'engine.EpochStarted': {},
  'engine.EpochEnded': {},
  'engine.RequestDecided': {
    command: 'shown',
    status: 'shown',
    total: 'shown',
    reason: 'shown',
    digest: 'withheld',
    keyed: 'shown',
    origin: originShown,
    settled: 'withheld',
  },
  'engine.Repeated': { originalSequence: 'shown', digest: 'withheld', origin: originShown, settled: 'withheld' },
} as const satisfies ShownEvents<EngineEvent>;
