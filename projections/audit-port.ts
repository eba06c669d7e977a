import type { DecisionStatus, Origin } from '@holdfast/events';
import type { originShown } from '@holdfast/events/engine-shown';
import type { ShownOf } from '@holdfast/events/showing';
import type { BuiltInModule } from './modules.js';

/**
 * What the audit projection group answers. Each call waits until it has read as far as `ReadModel.waitFor` was last
 * asked for, by whomever, and rejects with ProjectionError as that does.
 */
export interface AuditModel extends AuditQueries {
  /** The same of what is known, without a wait. */
  readonly eventually: AuditQueries;
}

/** No answer holds a key, its hash, or a token. */
export interface AuditQueries {
  /** What happened to a resource of whichever kind, refusals too, the newest first. */
  history(query: HistoryQuery): Promise<HistoryPage>;
  /** Requests, the newest first; also repeated and conflicting ones, not the engine's own commands. */
  requests(query: RequestsQuery): Promise<RequestPage>;
  /** What the log says, event by event, the oldest first: only of groups that are there as a whole. */
  events(query: EventsQuery): Promise<EventPage>;
  readonly modules: ModuleAudits;
}

/** What every module answers of past moments, and of who has what now, by its name. */
export type ModuleAudits = { readonly [M in BuiltInModule as M['name']]: ReturnType<M['audit']['queries']> };

/**
 * A sequence within a group means the group before, as a group is all or nothing; a time means the last group by then,
 * in log time.
 */
export type PastMoment = { sequence: number } | { time: number };

/** Rows of a page: 1 to `projectionLimits.pageRowsMax`. */
export interface PageLimit {
  limit: number;
}

/** A page of who has what. */
export interface HolderPages<Row> {
  rows: Row[];
  /** What the page after it is to be asked for as `after`; null: there is none. */
  next: string | null;
}

/** What somebody may see. */
interface Visibility {
  /** Only events, and outcomes of commands, whose types begin with one of these names and a dot. All where absent. */
  modules?: readonly string[];
}

/** A part of what was decided. */
interface Span extends Visibility {
  /** Only above this sequence. */
  after?: number;
  /** Only below this sequence: `next` of the page before. */
  before?: number;
  /** Log time, milliseconds since 1970: from, and before. */
  from?: number;
  to?: number;
  /** Who asked: the name that was authenticated, else the one that was stated, else `anonymous`. */
  actor?: string;
}

export interface HistoryQuery extends PageLimit, Span {
  /** Its id. One that several resources have has one history, but see `module`. */
  resource: string;
  /** Only what happened to a resource of this module. */
  module?: string;
  /** Types of events; all where absent. */
  types?: readonly string[];
}

export interface HistoryPage {
  rows: HistoryEntry[];
  /** Null: there are no more. */
  next: number | null;
}

export interface HistoryEntry extends EventEntry {
  resource: string;
}

export interface EventEntry {
  sequence: number;
  /** Log time, milliseconds since 1970. */
  time: number;
  /** The event's, e.g. `engine.TimeShifted`. */
  type: string;
  /** Id of the resource that it is on, or null. */
  resource: string | null;
  /** The event's other fields, of those that `events/shown.ts` shows. */
  detail: Record<string, unknown>;
  /** The command that did it; the engine's own, such as a tick that ends a lease, have a type `engine.…`. */
  decision: RecordedDecision;
}

export interface RecordedDecision {
  /** Sequence of its outcome. */
  sequence: number;
  commandId: string;
  actor: string;
  /** The command's type, e.g. `engine.Tick`; empty when it could not be decoded. */
  command: string;
  status: DecisionStatus | 'repeated';
  /** Resources addressed. */
  total: number | null;
  /** See RequestDecided. */
  reason: string | null;
  origin: AuditOrigin | null;
}

/** Who asked and why, as far as it is shown. */
export type AuditOrigin = ShownOf<Origin, typeof originShown>;

/** Since when in log time, milliseconds since 1970. Null where the audit projection group has not read of it yet. */
export interface HeldBy {
  since: number | null;
  by: RecordedDecision | null;
}

export interface RequestsQuery extends PageLimit, Span {
  status?: RecordedDecision['status'];
}

export interface RequestPage {
  rows: RequestEntry[];
  next: number | null;
}

export interface RequestEntry extends RecordedDecision {
  /** Log time, milliseconds since 1970. */
  time: number;
  /** Of the first outcome, where it is repeated. */
  originalSequence: number | null;
}

export interface EventsQuery extends PageLimit, Visibility {
  /** Only above this sequence: `through` of the page before. */
  after: number;
  /** Only groups that end at or below this sequence. */
  until?: number;
  /** Only events on the resource of this id. */
  resource?: string;
}

export interface EventPage {
  rows: EventEntry[];
  /** Up to this sequence there is nothing more than this page and those before have. */
  through: number;
  /** Sequence of the last outcome that counts here; 0: none. */
  last: number;
}
