import type { CollectionKind, ComponentProperties } from '@holdfast/events';
import type { Change, CollectionChange, ComponentChange } from './change.js';
import type { CollectionRow, RequestRow, ReservationRow } from './port.js';

/** What many changes come to in one row of `component`. Absent members leave their columns alone. */
export interface ComponentPatch {
  /** The row that was there goes first; without `properties` it does not come back. */
  removed: boolean;
  properties?: ComponentProperties;
  locked?: boolean;
  disabled?: boolean;
  reservation?: ReservationRow | null;
  /** For the reservation that was there before, if it still is. */
  extension?: { reservationId: string; expiresAt: number | null };
}

export interface CollectionPatch {
  kind: CollectionKind;
  /** The name in lower case: names of one kind differ by more than case. */
  key: string;
  /** Null: deleted. */
  row: CollectionRow | null;
}

/** One patch per row, so that a batch is a few statements, whatever it holds. */
export interface Collapsed {
  components: Map<string, ComponentPatch>;
  collections: Map<string, CollectionPatch>;
  requests: Map<string, RequestRow>;
}

export function collapse(changes: readonly Change[]): Collapsed {
  const collapsed: Collapsed = { components: new Map(), collections: new Map(), requests: new Map() };
  for (const change of changes) {
    switch (change.table) {
      case 'component': {
        const patch = collapsed.components.get(change.xname) ?? { removed: false };
        collapsed.components.set(change.xname, patched(patch, change));
        break;
      }
      case 'collection':
        collapsed.collections.set(`${change.kind} ${change.name.toLowerCase()}`, collectionPatch(change));
        break;
      case 'request':
        collapsed.requests.set(change.row.commandId, change.row);
        break;
    }
  }
  return collapsed;
}

/** Changes `patch`. */
function patched(patch: ComponentPatch, change: ComponentChange): ComponentPatch {
  if (change.op === 'delete') return { removed: true };
  if (change.op === 'put') {
    patch.properties = change.properties;
    return patch;
  }
  // It was deleted before, so there is nothing to change.
  if (patch.removed && patch.properties === undefined) return patch;
  switch (change.op) {
    case 'lock':
      patch.locked = change.locked;
      return patch;
    case 'disable':
      patch.disabled = change.disabled;
      return patch;
    case 'reserve':
      patch.reservation = change.reservation;
      delete patch.extension;
      return patch;
    case 'extend':
      return extended(patch, change);
  }
}

function extended(patch: ComponentPatch, change: Extract<ComponentChange, { op: 'extend' }>): ComponentPatch {
  const { reservationId, expiresAt } = change;
  const { reservation } = patch;
  if (reservation === undefined) patch.extension = { reservationId, expiresAt };
  else if (reservation?.reservationId === reservationId) patch.reservation = { ...reservation, expiresAt };
  return patch;
}

function collectionPatch(change: CollectionChange): CollectionPatch {
  const { kind, name } = change;
  const key = name.toLowerCase();
  if (change.op === 'delete') return { kind, key, row: null };
  return { kind, key, row: { name, description: change.description, members: change.members } };
}
