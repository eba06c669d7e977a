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
  /** Events of one group that are written, or folded, before others have their turn: some milliseconds. */
  eventsPerTurnMax: 50,
  /** Records in one append: what an adapter does with them at once holds the event loop. */
  recordsPerAppendMax: 1_000,
  /**
   * A command of more bytes is a large one: it is decoded in steps, and what was decided before it is not held up by
   * it.
   */
  commandBytesAtOnce: 64 * 1024,
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
  /** Less than a second by as much as a timer may be late: no one tick proves more than a second. SPEC rule 10. */
  tickMs: 800,
  /** A group of more events is a large one: the time until it is read counts for nobody's wait. */
  groupEventsLarge: 1_000,
} as const;

/**
 * What is admitted, and thereby what a client meets under load; an operator may set each. Past a limit a request is
 * refused at once, and nothing of it was appended. Requests that are urgent (renewals and releases) are admitted up to
 * `urgentFactor` times each limit, so that they are the last to be refused and overload ends nobody's lease. Ticks and
 * barrier ticks are always appended.
 */
export interface AdmissionLimits {
  /**
   * Changes in progress in one process, from their header to their answer, and requests that wait for their turn. Past
   * it: 429.
   */
  inFlightMax: number;
  /** Connections open at once. Past it the longest idle one ends. Default: apiLimits. */
  connectionsMax?: number;
  /** Reads in progress in one process. Past it: 429. */
  readsMax: number;
  /** Bytes of bodies and answers that one process holds for requests in progress. Past it: 429. */
  heldBytesMax: number;
  /** Commands of one process that its shard has not decided, whether anybody still waits or not. Past it: 429. */
  shardInFlightMax: number;
  /** Where the oldest of those is older, the shard does not keep up, or nobody decides: 503. */
  queueAgeMsMax: number;
}

export const admissionLimits: AdmissionLimits = {
  inFlightMax: 2_000,
  readsMax: 500,
  heldBytesMax: 256 * 1024 * 1024,
  shardInFlightMax: 2_000,
  queueAgeMsMax: 5_000,
};

export const urgentFactor = 2;
