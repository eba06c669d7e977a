import type { CollectionKind, Criterion, Selection } from '@holdfast/events/cray/messages';
import { xnameOrder } from '@holdfast/events/cray/xname';
import type { CollectionChange, ComponentChange, CrayChange } from '@holdfast/projections/cray/change';
import type {
  CollectionRow,
  CrayModel,
  InventoryRow,
  MembershipRow,
  ReservationRow,
  StatusAnswer,
  StatusRow,
} from '@holdfast/projections/cray/port';
import { type Filterable, matches } from '@holdfast/projections/cray/selection';
import type { MemoryPart } from '../../support/rows.js';

interface Component extends Filterable {
  locked: boolean;
  lockToken: number | null;
  disabled: boolean;
  reservation: ReservationRow | null;
}

/** Components, groups and partitions as plain maps. */
export class MemoryCray implements CrayModel, MemoryPart<CrayChange> {
  #components = new Map<string, Component>();
  #collections = new Map<string, CollectionRow & { kind: CollectionKind }>();

  copy(): MemoryCray {
    const copy = new MemoryCray();
    copy.#components = new Map(this.#components);
    copy.#collections = new Map(this.#collections);
    return copy;
  }

  clear(): void {
    this.#components.clear();
    this.#collections.clear();
  }

  async status({ ids, criteria }: Selection): Promise<StatusAnswer> {
    const notFound = ids.filter((id) => !this.#components.has(id));
    const found = this.#matching(ids.length > 0 ? ids : null, criteria);
    return { components: found.map(statusRow), notFound };
  }

  async reservations(xnames: string[]): Promise<Map<string, ReservationRow>> {
    const found = new Map<string, ReservationRow>();
    for (const { xname, reservation } of this.#known(xnames)) if (reservation !== null) found.set(xname, reservation);
    return found;
  }

  async components(ids: string[] | null, criteria: Criterion[] = []): Promise<InventoryRow[]> {
    const found = this.#matching(ids, criteria);
    return found.map(({ xname, properties, locked, disabled }) => ({ xname, properties, locked, disabled }));
  }

  async memberships(ids: string[] | null, criteria: Criterion[] = []): Promise<MembershipRow[]> {
    return this.#matching(ids, criteria).map(({ xname }) => ({
      xname,
      groups: this.#memberships('group', xname).sort(),
      partitions: this.#memberships('partition', xname).sort(),
    }));
  }

  async collections(kind: CollectionKind): Promise<CollectionRow[]> {
    const found = [...this.#collections].filter(([, row]) => row.kind === kind);
    found.sort(([a], [b]) => (a < b ? -1 : 1));
    return found.map(([, { kind: _, ...row }]) => row);
  }

  fold(change: CrayChange): void {
    switch (change.table) {
      case 'component':
        this.#foldComponent(change);
        break;
      case 'leases':
        this.#shift(change.byMs);
        break;
      case 'collection':
        this.#foldCollection(change);
        break;
    }
  }

  #foldComponent(change: ComponentChange): void {
    const { xname } = change;
    const before = this.#components.get(xname);
    if (change.op === 'delete') this.#components.delete(xname);
    else if (change.op === 'put') {
      const { properties } = change;
      const fresh = { xname, locked: false, lockToken: null, disabled: false, reservation: null };
      this.#components.set(xname, { ...(before ?? fresh), properties });
    } else if (before !== undefined) this.#components.set(xname, { ...before, ...columns(change, before.reservation) });
  }

  #shift(byMs: number): void {
    for (const [xname, component] of this.#components) {
      const { reservation } = component;
      if (reservation?.expiresAt == null) continue;
      const moved = { ...reservation, expiresAt: reservation.expiresAt + byMs };
      this.#components.set(xname, { ...component, reservation: moved });
    }
  }

  #foldCollection(change: CollectionChange): void {
    const { kind, name } = change;
    const key = `${kind} ${name.toLowerCase()}`;
    if (change.op === 'delete') this.#collections.delete(key);
    else if (change.op === 'put') {
      const { description, members, tags, exclusiveGroup } = change;
      this.#collections.set(key, { kind, name, description, members, tags, exclusiveGroup });
    } else {
      const before = this.#collections.get(key);
      if (before === undefined) return;
      const { description, tags, added, removed } = change;
      const gone = new Set([...removed, ...added]);
      const members = [...before.members.filter((xname) => !gone.has(xname)), ...added];
      this.#collections.set(key, {
        ...before,
        members,
        description: description ?? before.description,
        tags: tags ?? before.tags,
      });
    }
  }

  #matching(ids: readonly string[] | null, criteria: readonly Criterion[]): Component[] {
    const addressed = ids === null ? this.#inOrder() : this.#known(ids);
    const memberships = (kind: CollectionKind, xname: string) => this.#memberships(kind, xname);
    return addressed.filter((one) => criteria.every((criterion) => matches(one, criterion, memberships)));
  }

  #known(ids: readonly string[]): Component[] {
    return ids.flatMap((id) => this.#components.get(id) ?? []);
  }

  #inOrder(): Component[] {
    const keyed = [...this.#components.values()].map((one) => [xnameOrder(one.xname), one] as const);
    return keyed.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  }

  #memberships(kind: CollectionKind, xname: string): string[] {
    const containing = [...this.#collections.values()].filter(
      (row) => row.kind === kind && row.members.includes(xname),
    );
    return containing.map(({ name }) => name.toLowerCase());
  }
}

function columns(
  change: Exclude<ComponentChange, { op: 'put' | 'delete' }>,
  before: ReservationRow | null,
): Partial<Component> {
  switch (change.op) {
    case 'lock':
      return { locked: change.token !== null, lockToken: change.token };
    case 'disable':
      return { disabled: change.disabled };
    case 'reserve':
      return { reservation: change.reservation };
    case 'extend':
      if (before?.reservationId !== change.reservationId) return {};
      return { reservation: { ...before, expiresAt: change.expiresAt } };
  }
}

function statusRow({ xname, locked, lockToken, disabled, reservation }: Component): StatusRow {
  if (reservation === null) return { xname, locked, lockToken, disabled, reservation };
  const { deputyKeyHash: _, ...shown } = reservation;
  return { xname, locked, lockToken, disabled, reservation: shown };
}
