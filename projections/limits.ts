/** Every limit of the projections. */
export const projectionLimits = {
  /** With less free the embedded engine may not start: a segment of its journal. */
  embeddedFreeBytesMin: 4 * 1024 * 1024,
  /** How long a reader waits for the projection. SPEC, Reads: they are linearizable, within 2 s, else 503. */
  waitMsMax: 2_000,
  /** Rows read ahead while a write is under way. One group may bring more, as groups are not split. */
  aheadRowsMax: 20_000,
  /** Positions read ahead without a row change. */
  aheadPositionsMax: 50_000,
  /** Positions without a row change that are told to readers but not written. */
  heldPositionsMax: 1_000,
  /** How often the position of another process's projector is asked for while somebody waits. */
  askMs: 2,
  /**
   * Rows in one statement, for which all else waits in the embedded database; and each statement waits for a turn of
   * the event loop.
   */
  statementRowsMax: 5_000,
  /** The same for rows of history: some 30 ms in the database. */
  statementHistoryRowsMax: 3_000,
  /** Changes that are brought together before others have their turn. */
  changesPerTurnMax: 500,
  /**
   * Rows read ahead where they only go on into a larger buffer. Few, as clearing garbage away takes its time for what
   * is kept.
   */
  rebuildAheadRowsMax: 1_000,
  /** Bytes that one COPY puts into a table, but for the last of them: some thousands of rows. */
  copyBytesMin: 1024 * 1024,
  /** Bytes that wait behind a COPY under way. One batch may bring more. */
  copyBytesMax: 16 * 1024 * 1024,
  /**
   * Pause between two writes of the audit projection group while nobody waits for it: fewer and larger ones cost the
   * others less.
   */
  auditPauseMs: 100,
  /**
   * A log longer than this is not read in small steps where rows are made anew: tables are loaded in bulk, then put
   * into place.
   */
  rebuildPositionsMin: 20_000,
  /** Rows of a page of history, requests or holders at most. */
  pageRowsMax: 1_000,
  /** Back-off while the database is unavailable: doubles from the first to the second. */
  retryMsMin: 50,
  retryMsMax: 5_000,
  /**
   * The same where another projector was faster: below `waitMsMax`, as readers wait for this one when that one dies.
   */
  supersededMsMax: 1_000,
  /** Rows of the embedded database that its thread gives at once: some milliseconds for whoever reads them. */
  embeddedRowsPerMessage: 1_000,
  /** Megabytes of JavaScript's heap in the embedded database's thread; its pages are apart from these. */
  embeddedHeapMbMax: 1_024,
  /**
   * Of that thread, on Linux: after the event loop, which decides and renews, where there are too few processors for
   * both.
   */
  embeddedNiceness: 5,
  /** How the database is kept in order, where nobody else does: docs/operations.md. */
  house: {
    /** Written ahead since the last checkpoint: one follows when nothing else is asked. */
    walBytesMin: 16 * 1024 * 1024,
    /**
     * The same, when others are served: about 50 ms, twice that for 64 MB. Less would be written ahead again as whole
     * pages: 5,000 components have 4 % more of it at 32 MB than at 64, 17 % at 16, 60 % at 8; more components more.
     * What a killed process leaves to be read again.
     */
    walBytesMax: 32 * 1024 * 1024,
    /**
     * Of the files written ahead the engine keeps so many megabytes for later, and no more. Without it: up to 1,024.
     */
    walKeptMb: 64,
    /**
     * Rows that a table has more, or fewer, than when it was last analyzed: these, or this share of all that it had.
     */
    analyzeRowsMin: 500,
    analyzeShare: 0.5,
    /** So long after that as many that were changed in place count as well: they make no plan wrong at once. */
    analyzeAgainMsMin: 300_000,
    /**
     * Values of a column that the engine's statistics tell apart: 300 times as many rows are read, in some 30 ms
     * however large the table is.
     */
    statisticsTarget: 10,
    /**
     * Rows changed since a table was last vacuumed: this share of all, but at least and at most so many. 50,000 take
     * some 30 ms.
     */
    vacuumShare: 0.2,
    vacuumRowsMin: 5_000,
    vacuumRowsMax: 50_000,
    /** So often over, it is done although others are served. */
    urgentTimes: 4,
    /** For so long nothing is asked of the database before anything is done. */
    idleMs: 20,
    /** Rows changed between two looks at what is written ahead. */
    lookRows: 1_000,
    /** What failed is tried again after this, doubled up to the second. */
    retryMsMin: 10_000,
    retryMsMax: 600_000,
    /** With less free, nothing is vacuumed or analyzed. */
    freeBytesMin: 32 * 1024 * 1024,
    /**
     * The engine counts its transactions up to 2^31, and nothing here moves the oldest in its templates: past this all
     * is made anew.
     */
    transactionsMax: 1_500_000_000,
    /** A close that has taken so long ends the engine as it is. */
    closeMsMax: 10_000,
  },
  connectMsMax: 5_000,
  connectionsMax: 10,
} as const;
