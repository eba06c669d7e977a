import type { HeldBy, HolderPages, PageLimit, PastMoment } from '@holdfast/projections/audit-port';

/**
 * What the read model answers of claims: rows of the status projection group, so `ReadModel.waitFor` waits for them.
 */
export interface ExampleModel {
  /** In the order of their instruments. */
  claims(): Promise<ClaimRow[]>;
}

export interface ClaimRow {
  instrument: string;
  claim: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** What it answers of what has been: see AuditModel. */
export interface ExampleAudit {
  past(query: PastClaimsQuery, moment: PastMoment): Promise<PastClaims>;
  /** In the order of their instruments. */
  holders(query: ClaimHoldersQuery): Promise<HolderPages<ClaimHolder>>;
}

export interface PastClaimsQuery {
  /** Empty: all. */
  instruments: readonly string[];
}

export interface PastClaims {
  /** Sequence of the last outcome that counts; 0: none. */
  sequence: number;
  /** Its log time, milliseconds since 1970; null: none. */
  time: number | null;
  claims: Omit<ClaimRow, 'expiresAt'>[];
  /** Instruments that were asked for, and were free then. */
  free: string[];
}

export interface ClaimHoldersQuery extends PageLimit {
  /** Only what this actor claimed; see Span. */
  actor?: string;
  /** Only instruments whose names begin so. */
  series?: string;
  /** Only what has been claimed since then or before, milliseconds since 1970. */
  sinceMax?: number;
  /** Only after this instrument: `next` of the page before. */
  after?: string;
}

export interface ClaimHolder extends HeldBy {
  instrument: string;
}
