import type { CollectionKind, ComponentProperties } from '@holdfast/events/cray/messages';
import type { CollectionChange, ComponentChange, CrayChange } from './change.js';
import type { CollectionRow, ReservationRow } from './port.js';

/** Changes of columns; absent members leave theirs alone. */
export interface StatusPatch {
  /** That of the lock; null: unlocked. */
  lockToken?: number | null;
  disabled?: boolean;
  reservation?: ReservationRow | null;
  /** For the reservation that was there before, if it still is. A sound log names no other, so the last one counts. */
  extension?: { reservationId: string; expiresAt: number | null };
}

/** What many changes come to in one row of `component`, in the order of its members. */
export interface ComponentPatch {
  /** The row that was there goes first; without `properties` it does not come back. */
  removed: boolean;
  /** Before `properties`: meant for the row that was there, if there was one. */
  before: StatusPatch;
  properties?: ComponentProperties;
  after: StatusPatch;
}

export interface CollectionPatch {
  kind: CollectionKind;
  /** The name in lower case: names of one kind differ by more than case. */
  key: string;
  /** Null: deleted. Absent: the one that is there, if there is one. */
  row?: CollectionRow | null;
  /** What changes of that. */
  description?: string;
  tags?: string[];
  /** In the order in which they came; false: it went. */
  members: Map<string, boolean>;
}

/** One patch per row, so that a batch is a few statements, whatever it holds. */
export interface CoalescedCray {
  /** By how much every expiry moves that was there before: first of all. */
  shiftMs: number;
  components: Map<string, ComponentPatch>;
  collections: Map<string, CollectionPatch>;
}

export function nothingOfCray(): CoalescedCray {
  return { shiftMs: 0, components: new Map(), collections: new Map() };
}

/** Adds a change to what was coalesced before. */
export function coalesceCray(change: CrayChange, coalesced: CoalescedCray): void {
  switch (change.table) {
    case 'component': {
      const before = coalesced.components.get(change.xname);
      const after = patched(before ?? { removed: false, before: {}, after: {} }, change);
      if (after !== before) coalesced.components.set(change.xname, after);
      break;
    }
    case 'leases':
      shift(coalesced, change.byMs);
      break;
    case 'collection': {
      const key = `${change.kind} ${change.name.toLowerCase()}`;
      coalesced.collections.set(key, collectionPatch(coalesced.collections.get(key), change));
      break;
    }
  }
}

/** What was set before in this batch moves too; what is set later is as it is. */
function shift(coalesced: CoalescedCray, byMs: number): void {
  coalesced.shiftMs += byMs;
  for (const { before, after } of coalesced.components.values()) {
    for (const patch of [before, after]) {
      const { reservation, extension } = patch;
      if (reservation) patch.reservation = { ...reservation, expiresAt: moved(reservation.expiresAt, byMs) };
      if (extension !== undefined) patch.extension = { ...extension, expiresAt: moved(extension.expiresAt, byMs) };
    }
  }
}

function moved(expiresAt: number | null, byMs: number): number | null {
  return expiresAt === null ? null : expiresAt + byMs;
}

/** Changes `patch`. */
function patched(patch: ComponentPatch, change: ComponentChange): ComponentPatch {
  if (change.op === 'delete') return { removed: true, before: {}, after: {} };
  if (change.op === 'put') {
    patch.properties = change.properties;
    return patch;
  }
  if (patch.properties !== undefined) changeStatus(patch.after, change);
  else if (!patch.removed) changeStatus(patch.before, change);
  return patch;
}

function changeStatus(patch: StatusPatch, change: Exclude<ComponentChange, { op: 'put' | 'delete' }>): void {
  switch (change.op) {
    case 'lock':
      patch.lockToken = change.token;
      break;
    case 'disable':
      patch.disabled = change.disabled;
      break;
    case 'reserve':
      patch.reservation = change.reservation;
      delete patch.extension;
      break;
    case 'extend':
      extend(patch, change);
      break;
  }
}

function extend(patch: StatusPatch, { reservationId, expiresAt }: Extract<ComponentChange, { op: 'extend' }>): void {
  const { reservation } = patch;
  if (reservation === undefined) patch.extension = { reservationId, expiresAt };
  else if (reservation?.reservationId === reservationId) patch.reservation = { ...reservation, expiresAt };
}

/** May change `before`. */
function collectionPatch(before: CollectionPatch | undefined, change: CollectionChange): CollectionPatch {
  const { kind, name } = change;
  const fresh: CollectionPatch = { kind, key: name.toLowerCase(), members: new Map() };
  if (change.op === 'delete') return { ...fresh, row: null };
  if (change.op === 'put') {
    const { description, members, tags, exclusiveGroup } = change;
    return { ...fresh, row: { name, description, members, tags, exclusiveGroup } };
  }
  const patch = before ?? fresh;
  if (patch.row === null) return patch;
  if (change.description !== null) patch.description = change.description;
  if (change.tags !== null) patch.tags = change.tags;
  for (const [xnames, isMember] of [[change.removed, false] as const, [change.added, true] as const]) {
    for (const xname of xnames) {
      // Who comes back comes last.
      patch.members.delete(xname);
      patch.members.set(xname, isMember);
    }
  }
  return patch;
}
