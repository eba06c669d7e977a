/** Every limit of the projections. */
export const projectionLimits = {
  /** How long a reader waits for the projection. DESIGN: reads are linearizable, 2 s, else 503. */
  waitMsMax: 2_000,
  /** Row changes read ahead while a write is under way. One group may bring more, as groups are not split. */
  aheadChangesMax: 20_000,
  /** Positions read ahead without a row change. */
  aheadPositionsMax: 50_000,
  /** Positions without a row change that are told to readers but not written. */
  heldPositionsMax: 1_000,
  /** How often the position of another process's projector is asked for while somebody waits. */
  askMs: 2,
  /** Rows in one statement, so that its parameter stays at some 10 MB. */
  statementRowsMax: 20_000,
  /** Characters of requests' events in one statement. */
  statementTextMax: 1_000_000,
  /** Back-off while the database is away: doubles from the first to the second. */
  retryMsMin: 50,
  retryMsMax: 5_000,
  /** The same where another projector was faster: below `waitMsMax`, as readers wait for this one when that one dies. */
  supersededMsMax: 1_000,
  connectMsMax: 5_000,
  connectionsMax: 10,
} as const;
