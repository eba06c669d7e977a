/** Every limit of the Kafka adapter. */
export const kafkaLimits = {
  /** What one produce request carries; Kafka's own default limit is 1 MB. A larger record goes alone. */
  batchBytesMax: 900_000,
  batchRecordsMax: 10_000,
  /** What Kafka adds to a record that is alone in its batch, at most. It counts against `max.message.bytes`. */
  batchOverheadBytes: 512,
  /** An append that did not succeed by then is given up as ambiguous. For each batch of a long list. */
  appendMs: 5_000,
  /** A look-up of positions that did not succeed by then fails. */
  lookUpMs: 5_000,
  /** Connecting and checking at start, all told: brokers may be starting at the same time. */
  openMs: 4_000,
  /** The same for a check that only says how things are now. */
  checkMs: 4_000,
  /** One question to one broker, and connecting to it. */
  requestMs: 2_000,
  /**
   * How often a log looks whether it can be read and appended to, and how long a broker has to answer then. Twice in a
   * row counts.
   */
  watchMs: 750,
  watchAnswerMs: 1_500,
  /** Once in so many looks the settings of the topics are looked at, too. */
  watchSettingsLooks: 2,
  /**
   * An append that is under way for so long counts as one that does not come to pass; one that failed counts for so
   * long.
   */
  appendStuckMs: 3_000,
  appendFailedMs: 5_000,
  /** What the library says of itself is logged once in this time. */
  libraryLinesMs: 60_000,
  /** A first start waits for brokers: how often it asks for them, and says so. */
  askForBrokersMs: 1_000,
  tellWaitingMs: 10_000,
  /** A registry that gave no answer by then is unavailable. */
  reachRegistryMs: 5_000,
  /** One that has answered once is given so long for each of its answers, and is asked again, for so long in all. */
  registryAnswerMs: 15_000,
  registryPatienceMs: 120_000,
  registryRetryMs: 500,
  /** Between attempts: doubles from the first to the second. */
  retryMsMin: 5,
  retryMsMax: 500,
  /** How long the broker holds a fetch back while there is nothing new. A new record ends it at once. */
  fetchWaitMs: 250,
  fetchBytesMax: 4 * 1024 * 1024,
  /** A tail's group member counts as dead after this long without a heartbeat. */
  sessionMs: 30_000,
  heartbeatMs: 3_000,
  /** How soon whoever waits for its turn hears that it has come. */
  turnHeartbeatMs: 500,
  /** How long it tries to join where the cluster finds no coordinator; then it goes on without. */
  turnPatienceMs: 5_000,
  /** What a tail reads ahead of `next()`. */
  readAheadBytesMax: 8 * 1024 * 1024,
  /** A tail that saw nothing for this long looks whether it should have. */
  idleCheckMs: 2_000,
  /** Longest wait for connections to end at close. */
  closeMs: 3_000,
} as const;
