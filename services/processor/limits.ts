/** Limits of processor and gateway. Units last. */
export const processorLimits = {
  /** A standby claims once a command has stood undecided for this long, plus up to the jitter. SPEC rule 5. */
  undecidedMs: 3_000,
  jitterMs: 1_000,
  /** How often a standby looks. */
  watchMs: 250,
  /** A claim that has not come back from the log by then is given up. */
  claimMs: 10_000,
  /** Wait after a lost claim or a failed append, doubled up to the maximum, and jittered. */
  backOffMs: 50,
  backOffMsMax: 2_000,
  /** Commands decided before their events are appended together. */
  batchCommandsMax: 1_000,
  batchEventsMax: 10_000,
  /** Groups appended but not read back; past it deciding waits. */
  unconfirmedGroupsMax: 10_000,
  /** Commands held that are not yet decided for sure. */
  queueCommandsMax: 50_000,
  queueBytesMax: 256 * 1024 * 1024,
  /** Events between two snapshots: a start reads at most these, and what comes in while a snapshot is written. */
  snapshotEvents: 200_000,
  /** From so many events on, a process that stops takes a last snapshot. */
  snapshotEventsAtClose: 10_000,
  /** The newest is used; the one before it serves where that is damaged. */
  snapshotsKept: 2,
} as const;

export const gatewayLimits = {
  /** Not decided by then: the caller is told that the outcome is not known. SPEC rule 7. */
  decideMs: 30_000,
  barrierMs: 2_000,
  headMs: 2_000,
  tickMs: 1_000,
  /** Requests waiting for their decision, per shard. */
  inFlightMax: 10_000,
} as const;
