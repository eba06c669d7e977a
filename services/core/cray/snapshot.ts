import { xnameOrder } from '@holdfast/events/cray/xname';
import type { Restorer, SnapshotForm } from '../decider.js';
import { PersistentMap } from '../persistent-map.js';
import { addLease, type LeaseIndex } from './lease-index.js';
import { type Collection, type Component, type CrayState, leaseOf } from './state.js';

/** A `CrayState` in a snapshot: a piece for each component and collection. What follows from those is left out. */
type CrayPiece =
  | { shiftMs: number }
  | { component: Omit<Component, 'order'> }
  | { group: CollectionSnapshot }
  | { partition: CollectionSnapshot };

type CollectionSnapshot = Omit<Collection, 'members'> & { members: string[] };

export const craySnapshot: SnapshotForm<CrayState> = { snapshotVersion: 4, save, restorer };

function* save({ components, groups, partitions, shiftMs }: CrayState): Generator<CrayPiece> {
  yield { shiftMs };
  for (const [, { order: _, ...component }] of components.each()) yield { component };
  for (const [, group] of groups.each()) yield { group: { ...group, members: [...group.members] } };
  for (const [, partition] of partitions.each()) yield { partition: { ...partition, members: [...partition.members] } };
}

function restorer(): Restorer<CrayState> {
  let components = PersistentMap.empty<Component>();
  let groups = PersistentMap.empty<Collection>();
  let partitions = PersistentMap.empty<Collection>();
  let leases: LeaseIndex = null;
  let shiftMs = 0;
  const collection = ({ members, ...rest }: CollectionSnapshot) => ({ ...rest, members: new Set(members) });
  return {
    take(piece) {
      const saved = piece as CrayPiece;
      if ('component' in saved) {
        const { xname, ...rest } = saved.component;
        const component: Component = { xname, order: xnameOrder(xname), ...rest };
        components = components.set(xname, component);
        const lease = leaseOf(component.reservation);
        if (lease !== null) leases = addLease(leases, { expiresAt: lease.expiresAt, xname });
      } else if ('shiftMs' in saved) shiftMs = saved.shiftMs;
      else if ('group' in saved) groups = groups.set(saved.group.name.toLowerCase(), collection(saved.group));
      else partitions = partitions.set(saved.partition.name.toLowerCase(), collection(saved.partition));
    },
    state: () => ({ components, groups, partitions, leases, shiftMs }),
  };
}
