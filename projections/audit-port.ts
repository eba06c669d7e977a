import type { DecisionStatus, Origin, ReservationKind, Selection } from '@holdfast/events';
import type { StatusAnswer } from './port.js';

/**
 * What the audit family answers. Each call waits until it has read as far as `ReadModel.waitFor` was last asked for, and rejects with
 * ProjectionError as that does. No answer holds a key, its hash, or a token.
 */
export interface AuditModel {
  /** What happened to a component, refusals too, the newest first. */
  history(query: HistoryQuery): Promise<HistoryPage>;
  /**
   * As ReadModel.status, of a past moment; criteria look at the properties and collections of that moment. A moment before the first
   * event is empty.
   */
  statusAt(selection: Selection, moment: PastMoment): Promise<PastStatus>;
  /** What is held now: reservations and locks, in xname order. */
  holders(query: HoldersQuery): Promise<HolderPage>;
  /** Requests, the newest first; also repeated and conflicting ones, not the engine's own commands. */
  requests(query: RequestsQuery): Promise<RequestPage>;
}

/** A sequence within a group means the group before, as a group is all or nothing; a time means the last group by then, in log time. */
export type PastMoment = { sequence: number } | { time: number };

export interface PastStatus extends StatusAnswer {
  /** Sequence of the last outcome that counts; 0: none. */
  sequence: number;
  /** Its log time, milliseconds since 1970; null: none. */
  time: number | null;
}

/** Rows of a page: 1 to `projectionLimits.pageRowsMax`. */
interface Page {
  limit: number;
}

export interface HistoryQuery extends Page {
  xname: string;
  /** Only below this sequence: `next` of the page before. */
  before?: number;
}

export interface HistoryPage {
  rows: HistoryEntry[];
  /** Null: there are no more. */
  next: number | null;
}

export interface HistoryEntry {
  sequence: number;
  /** Log time, milliseconds since 1970. */
  time: number;
  /** The event's, e.g. `cray.ReservationCreated`. */
  type: string;
  xname: string;
  reservationId: string | null;
  /** The event's other fields. */
  detail: Record<string, unknown>;
  /** The command that did it; the engine's own, such as a tick that ends a lease, have a type `engine.…`. */
  decision: Decision;
}

export interface Decision {
  /** Sequence of its outcome. */
  sequence: number;
  commandId: string;
  actor: string;
  /** The command's type, e.g. `cray.LockRequested`; empty when it could not be decoded. */
  command: string;
  status: DecisionStatus | 'repeated';
  /** Components addressed. */
  total: number | null;
  /** See RequestDecided. */
  reason: string | null;
  origin: AuditOrigin | null;
}

/** Who asked and why, without the Idempotency-Key. */
export type AuditOrigin = Omit<Origin, 'idempotencyKey'>;

export interface HoldersQuery extends Page {
  /** Of the inventory: only components of this role, in any case. */
  role?: string;
  /** Only members of this group, in any case. */
  group?: string;
  /** Only what this actor holds. */
  actor?: string;
  /** Only what is held since this moment or longer. Milliseconds since 1970. */
  sinceMax?: number;
  /** Only after this xname: `next` of the page before. */
  after?: string;
}

export interface HolderPage {
  rows: Holder[];
  next: string | null;
}

/** A component that is locked, reserved, or both. */
export interface Holder {
  xname: string;
  lock: HeldBy | null;
  reservation: (HeldBy & { reservationId: string; kind: ReservationKind; expiresAt: number | null }) | null;
}

/** Since when in log time, milliseconds since 1970. Null where the audit family has not read of it yet. */
export interface HeldBy {
  since: number | null;
  by: Decision | null;
}

export interface RequestsQuery extends Page {
  actor?: string;
  status?: Decision['status'];
  /** Log time, milliseconds since 1970: from, and before. */
  from?: number;
  to?: number;
  /** Only below this sequence: `next` of the page before. */
  before?: number;
}

export interface RequestPage {
  rows: RequestEntry[];
  next: number | null;
}

export interface RequestEntry extends Decision {
  /** Log time, milliseconds since 1970. */
  time: number;
  /** Of the first outcome, where it is repeated. */
  originalSequence: number | null;
}
