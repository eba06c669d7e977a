import type { DecisionStatus, Origin } from '@holdfast/events';
import type { ReservationKind, Selection } from '@holdfast/events/cray/messages';
import type { Allocation, Amount, Inventory } from '@holdfast/events/placement/messages';
import type { originShown } from '@holdfast/events/engine-shown';
import type { ShownOf } from '@holdfast/events/showing';
import type { StatusAnswer, StatusRow } from './port.js';

/**
 * What the audit family answers. Each call waits until it has read as far as `ReadModel.waitFor` was last asked for, and rejects with
 * ProjectionError as that does. No answer holds a key, its hash, or a token.
 */
export interface AuditModel {
  /** What happened to a component, provider, consumer or resource class, refusals too, the newest first. */
  history(query: HistoryQuery): Promise<HistoryPage>;
  /**
   * As ReadModel.status, of a past moment; criteria look at the properties and collections of that moment. A moment before the first
   * event is empty.
   */
  statusAt(selection: Selection, moment: PastMoment): Promise<PastStatus>;
  /** What is held now: reservations and locks, in xname order. */
  holders(query: HoldersQuery): Promise<HolderPage>;
  /** As `statusAt`, of providers and consumers. */
  placementAt(query: PlacementAtQuery, moment: PastMoment): Promise<PastPlacement>;
  /** What is allocated now, in the order of the consumers' ids. */
  allocationHolders(query: AllocationHoldersQuery): Promise<AllocationHolderPage>;
  /** Requests, the newest first; also repeated and conflicting ones, not the engine's own commands. */
  requests(query: RequestsQuery): Promise<RequestPage>;
  /** What the log says, event by event, the oldest first: only of groups that are there as a whole. */
  events(query: EventsQuery): Promise<EventPage>;
}

/** A sequence within a group means the group before, as a group is all or nothing; a time means the last group by then, in log time. */
export type PastMoment = { sequence: number } | { time: number };

export interface PastStatus extends Pick<StatusAnswer, 'notFound'> {
  components: PastStatusRow[];
  /** Sequence of the last outcome that counts; 0: none. */
  sequence: number;
  /** Its log time, milliseconds since 1970; null: none. */
  time: number | null;
}

/** Without fencing tokens: only what is held now has one. */
export interface PastStatusRow extends Omit<StatusRow, 'lockToken' | 'reservation'> {
  reservation: Omit<NonNullable<StatusRow['reservation']>, 'token'> | null;
}

export interface PlacementAtQuery {
  /** Of providers and consumers, each once. Empty: all. */
  ids: readonly string[];
}

/** Of ids that were asked for in their order, else in the order of ids. */
export interface PastPlacement {
  /** See PastStatus. */
  sequence: number;
  time: number | null;
  providers: PastProvider[];
  consumers: PastConsumer[];
  /** Ids that were asked for, and were neither then. */
  notFound: string[];
}

export interface PastProvider {
  uuid: string;
  name: string;
  parent: string | null;
  generation: number;
  inventories: Inventory[];
  /** Of the classes of its inventories. */
  usages: Amount[];
  aggregates: string[];
  traits: string[];
}

export interface PastConsumer {
  uuid: string;
  generation: number;
  projectId: string;
  userId: string;
  consumerType: string | null;
  allocations: Allocation[];
}

/** Rows of a page: 1 to `projectionLimits.pageRowsMax`. */
interface Page {
  limit: number;
}

/** What somebody may see. */
interface Sight {
  /** Only events, and outcomes of commands, whose types begin with one of these names and a dot. All where absent. */
  modules?: readonly string[];
}

/** A part of what was decided. */
interface Span extends Sight {
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

export interface HistoryQuery extends Page, Span {
  /** Its id. One that is both a provider's and a consumer's has one history. */
  resource: string;
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
  /** The event's, e.g. `cray.ReservationCreated`. */
  type: string;
  /** Id of the component, provider, consumer or resource class that it is on, or null. */
  resource: string | null;
  reservationId: string | null;
  /** The event's other fields, of those that `events/shown.ts` shows. */
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

/** Who asked and why, as far as it is shown. */
export type AuditOrigin = ShownOf<Origin, typeof originShown>;

export interface HoldersQuery extends Page {
  /** Of the inventory: only components of this role, in any case. */
  role?: string;
  /** Only members of this group, in any case. */
  group?: string;
  /** Only what this actor holds; see Span. */
  actor?: string;
  /** Only what is held in this way. */
  kind?: 'lock' | 'reservation';
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
  lock: (HeldBy & Fenced) | null;
  reservation: (HeldBy & Fenced & { reservationId: string; kind: ReservationKind; expiresAt: number | null }) | null;
}

interface Fenced {
  /** Fencing token: sequence of the event that made it. */
  token: number;
}

/** Since when in log time, milliseconds since 1970. Null where the audit family has not read of it yet. */
export interface HeldBy {
  since: number | null;
  by: Decision | null;
}

export interface AllocationHoldersQuery extends Page {
  /** Only consumers that have anything of this provider. */
  provider?: string;
  /** Only those that have of this class; where a provider is given, of that one's. */
  resourceClass?: string;
  projectId?: string;
  /** Only what this actor set; see Span. */
  actor?: string;
  /** Only what is as it is since this moment or longer. Milliseconds since 1970. */
  sinceMax?: number;
  /** Only after this consumer: `next` of the page before. */
  after?: string;
}

export interface AllocationHolderPage {
  rows: AllocationHolder[];
  next: string | null;
}

/** A consumer with what it has, since when it is as it is, and the request that set it. */
export interface AllocationHolder extends HeldBy {
  consumer: string;
  projectId: string;
  userId: string;
  consumerType: string | null;
  allocations: Allocation[];
}

export interface RequestsQuery extends Page, Span {
  status?: Decision['status'];
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

export interface EventsQuery extends Page, Sight {
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
