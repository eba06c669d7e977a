export {
  beginCommandLog,
  checkSecret,
  engineHeader,
  type LogBeginning,
  newestBeginning,
  type ShardIdentity,
} from './command-log.js';
export { received } from './command-queue.js';
export { type GatewayOptions, ShardGateway } from './gateway.js';
export {
  type Gateway,
  GatewayError,
  type GatewayErrorCode,
  type GatewayLimit,
  type GatewayObserver,
  type Submission,
} from './gateway-port.js';
export { type AdmissionLimits, admissionLimits, gatewayLimits } from './limits.js';
export { begunWith, findSchemas } from './log-schemas.js';
export { Processor, type ProcessorOptions } from './processor.js';
export { openSnapshotFiles } from './snapshot-files.js';
export { readSnapshotHead, type Snapshot, type StateForm } from './snapshot-format.js';
export type { SnapshotStore } from './snapshot-store.js';
export { findSnapshot, type SnapshotOptions, SnapshotTaker, type SnapshotTakerOptions } from './snapshots.js';
export type { ProcessorRole } from './states.js';
export { controlRecord, GroupWriter } from './writer.js';
