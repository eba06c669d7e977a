/**
 * Which leases end when: an immutable balanced tree (AVL), ordered by expiry and then by xname.
 *
 * A command must cost nothing when no lease is due, also where a thousand leases are renewed again and again, so the
 * next expiry has to be exact: a mere lower bound goes stale at the first renewal and would have every later command
 * look at every lease. Each change copies a path of at most some twenty nodes.
 */
export interface LeaseNode {
  readonly lease: IndexedLease;
  readonly height: number;
  /** Leases in it and below. */
  readonly size: number;
  readonly left: LeaseIndex;
  readonly right: LeaseIndex;
}
/** Null: no leases. */
export type LeaseIndex = LeaseNode | null;

export interface IndexedLease {
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
  readonly xname: string;
}

/** The index with one lease more. It must not hold it already. */
export function addLease(index: LeaseIndex, lease: IndexedLease): LeaseNode {
  if (index === null) return node(lease, null, null);
  const order = compare(lease, index.lease);
  if (order === 0) throw new Error(`the lease of ${lease.xname} is indexed already`);
  return order < 0
    ? balanced(index.lease, addLease(index.left, lease), index.right)
    : balanced(index.lease, index.left, addLease(index.right, lease));
}

/** The index with one lease less. It must hold it. */
export function dropLease(index: LeaseIndex, lease: IndexedLease): LeaseIndex {
  if (index === null) throw new Error(`the lease of ${lease.xname} is not indexed`);
  const order = compare(lease, index.lease);
  if (order < 0) return balanced(index.lease, dropLease(index.left, lease), index.right);
  if (order > 0) return balanced(index.lease, index.left, dropLease(index.right, lease));
  if (index.right === null) return index.left;
  const next = first(index.right);
  return balanced(next, index.left, dropLease(index.right, next));
}

/** How many leases it holds. */
export function countLeases(index: LeaseIndex): number {
  return index === null ? 0 : index.size;
}

/** Leases that end after `from` and at or before `to` (milliseconds since 1970), by expiry and then xname. */
export function leasesBetween(index: LeaseIndex, from: number, to: number): IndexedLease[] {
  const found: IndexedLease[] = [];
  collect(index, from, to, found);
  return found;
}

function collect(index: LeaseIndex, from: number, to: number, found: IndexedLease[]): void {
  if (index === null) return;
  const { expiresAt } = index.lease;
  // Leases of one expiry stand on both sides of a node, so both bounds are looked for beyond equality.
  if (expiresAt > from) collect(index.left, from, to, found);
  if (expiresAt > from && expiresAt <= to) found.push(index.lease);
  if (expiresAt <= to) collect(index.right, from, to, found);
}

function first(index: LeaseNode): IndexedLease {
  return index.left === null ? index.lease : first(index.left);
}

function compare(a: IndexedLease, b: IndexedLease): number {
  if (a.expiresAt !== b.expiresAt) return a.expiresAt - b.expiresAt;
  if (a.xname === b.xname) return 0;
  return a.xname < b.xname ? -1 : 1;
}

function balanced(lease: IndexedLease, left: LeaseIndex, right: LeaseIndex): LeaseNode {
  const lean = heightOf(left) - heightOf(right);
  if (left !== null && lean > 1) {
    if (heightOf(left.left) >= heightOf(left.right)) {
      return node(left.lease, left.left, node(lease, left.right, right));
    }
    const { lease: top, left: inner, right: outer } = left.right!;
    return node(top, node(left.lease, left.left, inner), node(lease, outer, right));
  }
  if (right !== null && lean < -1) {
    if (heightOf(right.right) >= heightOf(right.left)) {
      return node(right.lease, node(lease, left, right.left), right.right);
    }
    const { lease: top, left: inner, right: outer } = right.left!;
    return node(top, node(lease, left, inner), node(right.lease, outer, right.right));
  }
  return node(lease, left, right);
}

function node(lease: IndexedLease, left: LeaseIndex, right: LeaseIndex): LeaseNode {
  const height = Math.max(heightOf(left), heightOf(right)) + 1;
  return { lease, left, right, height, size: countLeases(left) + countLeases(right) + 1 };
}

function heightOf(index: LeaseIndex): number {
  return index === null ? 0 : index.height;
}
