/** The engine's limits on what it remembers and how it reads time. Units last. */
export const coreLimits = {
  /** A command log silent for longer let nobody renew, so live leases move with it. SPEC rule 10. */
  silenceMs: 10_000,
  /**
   * From this much on, a difference between the log's clock and what tickers saw pass moves log time and leases. SPEC
   * rule 10.
   */
  gatherMs: 500,
  /**
   * Log time goes ahead of what tickers proved by no more than this, and no more of it is proven by one tick: so much
   * early may a lease end by a step. More than the time between two ticks. SPEC rule 10.
   */
  aheadMs: 1_000,
  /** Tickers remembered; of more the one heard the longest ago is forgotten. */
  tickersMax: 64,
  /** Of what a ticker saw pass, what goes beyond what is settled by more than this is forgotten. */
  surplusMs: 100,
  /** A tick leaves an event at least this often, so that recovery need not read far back in an idle command log. */
  idleMarkMs: 60_000,
  /** How long an id made from a caller's Idempotency-Key is remembered. SPEC rule 11. */
  keyedMemoryMs: 24 * 3_600_000,
  /** How long a generated id is remembered: long enough for any retry of an append. */
  generatedMemoryMs: 600_000,
  /** Ids remembered per class at most; past it the older half is forgotten. */
  keyedMemoryCount: 1_000_000,
  generatedMemoryCount: 500_000,
} as const;
