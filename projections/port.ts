import type { Event } from '@holdfast/events';
import type { CollectionKind, ComponentProperties, Criterion, ReservationKind, Selection } from '@holdfast/events/cray/messages';

/** What the read model answers. Every call reads one moment; nothing here decides anything. */
export interface ReadModel {
  /** The `events` position up to which the projection has read. */
  readonly read: number;
  /** Resolves once the projection has read up to `position`. Rejects with ProjectionError `behind` after `timeoutMs` (2,000 by default). */
  waitFor(position: number, timeoutMs?: number): Promise<void>;
  /** The components selected: in request order when the selection has ids, else in xname order. Reservations are shown as the log last left them. */
  status(selection: Selection): Promise<StatusAnswer>;
  /** The reservations of these xnames that have one; for checks. */
  reservations(xnames: string[]): Promise<Map<string, ReservationRow>>;
  /**
   * Inventory of these ids (request order), or of every component (xname order) when null, as far as they match every criterion. Unknown
   * ids are left out. Values may be empty, and `inNone`.
   */
  components(ids: string[] | null, criteria?: Criterion[]): Promise<InventoryRow[]>;
  /** Of the same. */
  memberships(ids: string[] | null, criteria?: Criterion[]): Promise<MembershipRow[]>;
  collections(kind: CollectionKind): Promise<CollectionRow[]>;
  /** What was decided on a request, or null. */
  request(commandId: string): Promise<RequestRow | null>;
}

export interface ReservationRow {
  reservationId: string;
  kind: ReservationKind;
  /** Milliseconds since 1970. */
  createdAt: number;
  /** Null: never. */
  expiresAt: number | null;
  deputyKeyHash: string;
  /** Fencing token: sequence of the event that made the reservation. */
  token: number;
}

export interface StatusRow {
  xname: string;
  locked: boolean;
  /** Fencing token of the lock: sequence of the event that made it. Null: unlocked. */
  lockToken: number | null;
  disabled: boolean;
  reservation: Omit<ReservationRow, 'deputyKeyHash'> | null;
}

export interface StatusAnswer {
  components: StatusRow[];
  /** Selected ids that do not exist, in request order. */
  notFound: string[];
}

export interface InventoryRow {
  xname: string;
  properties: ComponentProperties;
  locked: boolean;
  disabled: boolean;
}

export interface CollectionRow {
  name: string;
  description: string;
  members: string[];
  tags: string[];
  /** Empty: none. */
  exclusiveGroup: string;
}

/** In which collections a component is: by their names in lower case, in order. */
export interface MembershipRow {
  xname: string;
  groups: string[];
  /** One at most, where every command kept to the rules. */
  partitions: string[];
}

/** The value of a criterion on groups or partitions that means: in none. No collection's name has capitals. */
export const inNone = 'NONE';

/** A decided request: enough to give its answer again. */
export interface RequestRow {
  commandId: string;
  actor: string;
  /** Sequence of the outcome. */
  sequence: number;
  /** Log time, milliseconds since 1970. */
  decidedAt: number;
  /** The whole group, the outcome last. */
  events: Event[];
}

/**
 * `behind`: it did not read as far in time. `unavailable`: the database is away. `being-made`: rows are being made anew. `stopped`: the log is
 * lost or damaged, or says what this version does not know, so nothing more will be read.
 */
export type ProjectionErrorCode = 'behind' | 'unavailable' | 'being-made' | 'stopped';

export class ProjectionError extends Error {
  constructor(
    readonly code: ProjectionErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'ProjectionError';
  }
}
