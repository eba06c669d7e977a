import type {
  CollectionKind,
  ComponentProperties,
  Criterion,
  ReservationKind,
  Selection,
} from '@holdfast/events/cray/messages';
import type { HeldBy, HolderPages, PageLimit, PastMoment } from '../audit-port.js';

/**
 * What the read model answers of components, groups and partitions: rows of the status projection group, so
 * `ReadModel.waitFor` waits for them.
 */
export interface CrayModel {
  /**
   * The components selected: in request order when the selection has ids, else in xname order. Reservations are shown
   * as the log last left them.
   */
  status(selection: Selection): Promise<StatusAnswer>;
  /** The reservations of these xnames that have one; for checks. */
  reservations(xnames: string[]): Promise<Map<string, ReservationRow>>;
  /**
   * Inventory of these ids (request order), or of every component (xname order) when null, as far as they match every
   * criterion. Unknown ids are left out. Values may be empty, and `inNone`.
   */
  components(ids: string[] | null, criteria?: Criterion[]): Promise<InventoryRow[]>;
  /** Of the same. */
  memberships(ids: string[] | null, criteria?: Criterion[]): Promise<MembershipRow[]>;
  collections(kind: CollectionKind): Promise<CollectionRow[]>;
}

/** What it answers of what has been: see AuditModel. */
export interface CrayAudit {
  /**
   * As `CrayModel.status`, of a past moment; criteria look at the properties and collections of that moment. A moment
   * before the first event is empty.
   */
  past(selection: Selection, moment: PastMoment): Promise<PastStatus>;
  /** What is held now: reservations and locks, in xname order. */
  holders(query: HoldersQuery): Promise<HolderPage>;
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

export interface HoldersQuery extends PageLimit {
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

export type HolderPage = HolderPages<Holder>;

/** A component that is locked, reserved, or both. */
export interface Holder {
  xname: string;
  lock: (HeldBy & FencedRow) | null;
  reservation: (HeldBy & FencedRow & { reservationId: string; kind: ReservationKind; expiresAt: number | null }) | null;
}

interface FencedRow {
  /** Fencing token: sequence of the event that made it. */
  token: number;
}
