/**
 * Every limit of the HTTP API on a single request or connection that is no module's. The ones that a document repeats
 * are compared with it by a test. What is admitted under load is in processor/limits.ts.
 */
export const apiLimits = {
  /** A body of 100,000 ids, each with a key, is about 10 MB. */
  bodyBytesMax: 32 * 1024 * 1024,
  /** Ids, keys or components in one call, and values in one filter. */
  idsPerCallMax: 100_000,
  /** A change that names more than so many waits for those before it that do; so many may wait. Past it: 429. */
  largeFrom: 1_000,
  largeWaitingMax: 16,
  /** For a read whose answer may show a whole fleet to wait for those before it. Past it: 429. */
  fleetReadWaitMs: 15_000,
  /** Characters of a User-Agent that are kept with a request. */
  userAgentLengthMax: 200,
  /** Characters of a name in `X-Actor`. */
  statedActorLengthMax: 256,
  /** Characters of a reason. */
  reasonLengthMax: 1_024,
  /** Entries of a page of the audit. */
  auditPageRowsMax: 1_000,
  auditPageRowsDefault: 100,
  /** Characters of a cursor. */
  cursorLengthMax: 300,
  /** Streams of events in this process at once; more get 429. */
  streamsMax: 64,
  /**
   * Events read at once for a stream. What a client does not take holds up the reading, so a stream holds two such
   * pages at most.
   */
  streamPageRows: 250,
  /** Pause of a stream between two reads at the head of the log. */
  streamPauseMs: 100,
  /** A stream on which nothing happens says so this often: below `idleTimeoutMs` and what proxies allow. */
  streamHeartbeatMs: 15_000,
  /** Pause of a stream while the read model is unavailable. */
  streamRetryMs: 1_000,
  /** Characters of one part of a path, e.g. of a request's id with its token. */
  pathPartLengthMax: 300,
  /**
   * Without identities, `/requests/{id}` shows keys to whoever has the token for so long after the decision, by log
   * time.
   */
  keysShownMs: 600_000,
  /** Open connections; more are closed at once. */
  connectionsMax: 10_000,
  /** Connections that the system keeps until this process takes them; it may have a lower limit of its own. */
  connectionBacklog: 4_096,
  /** Requests served in one turn of the event loop; where more come, they wait, and one is served in each. */
  requestsPerTurn: 32,
  /** Requests refused in one turn of the event loop, beside the one that is served. */
  refusalsPerTurn: 4,
  /** How often bodies on their way and answers on theirs are looked at. */
  sweepMs: 1_000,
  /** The least that comes of a body, or goes of an answer, in each window. */
  bytesPerSecondMin: 240,
  /**
   * Sweeps in the window of a body, past which it is ended with 408, and of an answer, past which its connection ends.
   */
  bodyWindowSweeps: 5,
  answerWindowSweeps: 30,
  /** The same once the service stops: of headers, bodies and answers alike, and of clients that do not hang up. */
  stopSweeps: 5,
  /** Part of `inFlightMax` that bodies on their way of one sender may be: of one address, and of one name. */
  uploadsShare: 0.5,
  /** Part of `heldBytesMax` that reads may hold: who asks for whole fleets and reads none keeps out no change. */
  readsHeldShare: 0.5,
  /** Streams of events of one sender. */
  streamsPerSenderMax: 32,
  /** An answer above this goes in pieces of so many bytes, so that it shows whether its client reads. */
  answerPieceBytes: 64 * 1024,
  /** Of the header of a request, its first line too: Node counts them. Past it: 431. */
  headerBytesMax: 16 * 1024,
  /** For the header of a request to arrive, and how often that is looked at. */
  headersTimeoutMs: 20_000,
  headersCheckMs: 2_000,
  /** For a whole request to arrive. A decision has 30 s of its own. */
  requestTimeoutMs: 120_000,
  /** A connection on which nothing moves is closed, also where a client does not take its answer. */
  idleTimeoutMs: 120_000,
  /** The same between two requests. */
  keepAliveTimeoutMs: 72_000,
  /** For a query of the read model, after which that counts as unavailable. */
  queryMs: 10_000,
  /** What Retry-After says where something is unavailable, and the most that it says under load. */
  retryAfterSeconds: 1,
  retryAfterSecondsMax: 10,
  /** That requests fail for one state of the cluster is logged once in this time. */
  sameErrorMs: 60_000,
  /** Names of unknown fields that an error repeats. */
  namedFieldsMax: 5,
  /** Above this, the position of an error in malformed JSON is not searched for. */
  locatedJsonCharsMax: 64 * 1024,
} as const;
