import type { criterionFields } from './criterion-fields.js';

/** Commands and events of the `cray` module. Xnames are normalised; times are milliseconds since 1970, UTC. */

/** What the inventory says of a component. Absent properties are empty strings, an absent NID is null. */
export interface ComponentProperties {
  type: string;
  state: string;
  flag: string;
  enabled: boolean;
  softwareStatus: string;
  role: string;
  subRole: string;
  nid: number | null;
  subtype: string;
  netType: string;
  arch: string;
  class: string;
}

/**
 * One field of a filter. Values of one criterion are ORed, criteria are ANDed. A value that begins with `!` negates: a
 * component must then match none of the negated values, and one of the others if there are others. Values are lower
 * case.
 */
export interface Criterion {
  field: CriterionField;
  values: string[];
}

export type CriterionField = (typeof criterionFields)[number];

/**
 * Which components a command addresses: these ids that match every criterion; all that match when there are no ids;
 * every component when there is neither.
 */
export interface Selection {
  /** Normalised, without duplicates, in request order. */
  ids: string[];
  criteria: Criterion[];
}

/** A component and the hash of the key that was shown for it. */
export interface KeyClaim {
  xname: string;
  keyHash: string;
}

export type Reason = 'NotFound' | 'Locked' | 'Unlocked' | 'Disabled' | 'Reserved';
export type ReservationKind = 'admin' | 'service';

interface OnSelection {
  selection: Selection;
  /** All or nothing. */
  rigid: boolean;
}
interface OnKeys {
  keys: KeyClaim[];
  rigid: boolean;
}

export interface LockRequested extends OnSelection {
  type: 'cray.LockRequested';
}
export interface UnlockRequested extends OnSelection {
  type: 'cray.UnlockRequested';
}
export interface DisableRequested extends OnSelection {
  type: 'cray.DisableRequested';
}
export interface RepairRequested extends OnSelection {
  type: 'cray.RepairRequested';
}
export interface ReservationRequested extends OnSelection {
  type: 'cray.ReservationRequested';
  kind: ReservationKind;
  /** Null: no expiry. */
  durationMs: number | null;
  /** The lock state that a component must have. */
  requires: 'locked' | 'unlocked';
}
export interface RenewalRequested extends OnKeys {
  type: 'cray.RenewalRequested';
  /** Null: the same length again. */
  durationMs: number | null;
}
export interface ReleaseRequested extends OnKeys {
  type: 'cray.ReleaseRequested';
}
export interface RemovalRequested extends OnSelection {
  type: 'cray.RemovalRequested';
  /**
   * Only this reservation is meant: a component that has another, or none, refuses. Where nothing is selected, those
   * that have it are. Null: any.
   */
  reservationId: string | null;
}
export interface ComponentsPutRequested {
  type: 'cray.ComponentsPutRequested';
  components: ComponentEntry[];
  existing: OfExisting;
}
export interface ComponentEntry {
  xname: string;
  properties: ComponentProperties;
  /** How it begins where it is not known yet; what is known keeps its lock and its reservations. */
  locked: boolean;
  disabled: boolean;
}
/**
 * What becomes of a component that is known already: nothing; what is observed of it changes (state, flag, subtype,
 * kind of network, architecture, class) and what it is for does not; or all of its properties. What was written before
 * level 4 replaces.
 */
export type OfExisting = 'leave' | 'observe' | 'replace';
/** All or nothing. From level 4 on. */
export interface RoleChangeRequested {
  type: 'cray.RoleChangeRequested';
  ids: string[];
  role: string;
  subRole: string;
}
export interface ComponentsDeletionRequested {
  type: 'cray.ComponentsDeletionRequested';
  /** Null: every component. */
  ids: string[] | null;
}
export type CollectionKind = 'group' | 'partition';
/** Creates a group or partition; an existing name is refused with `Exists`. */
export interface CollectionPutRequested {
  type: 'cray.CollectionPutRequested';
  kind: CollectionKind;
  name: string;
  description: string;
  members: string[];
  /** In lower case, as is the next. */
  tags: string[];
  /** A component is in one at most of the groups that name the same set; empty: of none. */
  exclusiveGroup: string;
}
/** What changes of a group or partition. What is null stays as it was, and so does whoever is not named. */
export interface CollectionDifference {
  kind: CollectionKind;
  name: string;
  description: string | null;
  tags: string[] | null;
  /** No member yet. */
  added: string[];
  removed: string[];
}
/** Changes one that is there, or is refused as a whole. From level 4 on. */
export interface CollectionChangeRequested extends CollectionDifference {
  type: 'cray.CollectionChangeRequested';
}
export interface CollectionDeletionRequested {
  type: 'cray.CollectionDeletionRequested';
  kind: CollectionKind;
  name: string;
}

export type CrayCommand =
  | LockRequested
  | UnlockRequested
  | DisableRequested
  | RepairRequested
  | ReservationRequested
  | RenewalRequested
  | ReleaseRequested
  | RemovalRequested
  | ComponentsPutRequested
  | ComponentsDeletionRequested
  | RoleChangeRequested
  | CollectionPutRequested
  | CollectionChangeRequested
  | CollectionDeletionRequested;

interface OnComponent {
  /** Also the record's key. */
  xname: string;
}
interface OnReservation extends OnComponent {
  /** `<command id>.<command position>` of the request that created it: unique for ever. */
  reservationId: string;
}

export interface ComponentLocked extends OnComponent {
  type: 'cray.ComponentLocked';
}
export interface ComponentUnlocked extends OnComponent {
  type: 'cray.ComponentUnlocked';
}
export interface ReservationsDisabled extends OnComponent {
  type: 'cray.ReservationsDisabled';
}
export interface ReservationsEnabled extends OnComponent {
  type: 'cray.ReservationsEnabled';
}
export interface ReservationCreated extends OnReservation {
  type: 'cray.ReservationCreated';
  kind: ReservationKind;
  reservationKeyHash: string;
  deputyKeyHash: string;
  createdAt: number;
  /** Whole second; null: never. */
  expiresAt: number | null;
  durationMs: number | null;
}
export interface ReservationRenewed extends OnReservation {
  type: 'cray.ReservationRenewed';
  expiresAt: number | null;
  durationMs: number | null;
  /** Sequence of the event that made the reservation; null in what was written below level 4. */
  fencingToken: number | null;
}
export interface ReservationReleased extends OnReservation {
  type: 'cray.ReservationReleased';
}
/** Ended by an administrator, by a disable, or with its component. */
export interface ReservationRemoved extends OnReservation {
  type: 'cray.ReservationRemoved';
}
export interface ReservationExpired extends OnReservation {
  type: 'cray.ReservationExpired';
  expiredAt: number;
}
/** Log time was silent or stepped back, so the lease moves with it. SPEC rule 10. */
export interface LeaseExtended extends OnReservation {
  type: 'cray.LeaseExtended';
  expiresAt: number;
  byMs: number;
}
/**
 * One component's refusal. Also for a collection, whose name is then in `xname`, with reason `Exists` or `NotFound`. Of
 * members: one is there already or is not, or is in another of an exclusive set. Of a selection: what it leaves out by
 * that name does not exist.
 */
export interface RequestRefused extends OnComponent {
  type: 'cray.RequestRefused';
  reason: Reason | CollectionReason | MissingReason;
}
export type CollectionReason = 'Exists' | 'IsMember' | 'NoMember' | 'Exclusive';
/** From level 4 on: a group or partition that a selection negates does not exist, so that every component would fit. */
export type MissingReason = 'NoGroup' | 'NoPartition';
export interface ComponentPut extends OnComponent {
  type: 'cray.ComponentPut';
  properties: ComponentProperties;
}
export interface ComponentDeleted extends OnComponent {
  type: 'cray.ComponentDeleted';
}
export interface CollectionPut {
  type: 'cray.CollectionPut';
  kind: CollectionKind;
  name: string;
  description: string;
  members: string[];
  tags: string[];
  exclusiveGroup: string;
}
export interface CollectionChanged extends CollectionDifference {
  type: 'cray.CollectionChanged';
}
export interface CollectionDeleted {
  type: 'cray.CollectionDeleted';
  kind: CollectionKind;
  name: string;
}

export type CrayEvent =
  | ComponentLocked
  | ComponentUnlocked
  | ReservationsDisabled
  | ReservationsEnabled
  | ReservationCreated
  | ReservationRenewed
  | ReservationReleased
  | ReservationRemoved
  | ReservationExpired
  | LeaseExtended
  | RequestRefused
  | ComponentPut
  | ComponentDeleted
  | CollectionPut
  | CollectionChanged
  | CollectionDeleted;
