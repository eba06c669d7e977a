import type { Event } from '@holdfast/events';
import type {
  CollectionKind,
  ComponentProperties,
  CrayEvent,
  Criterion,
  CriterionField,
  Selection,
} from '@holdfast/events/cray/messages';
import { xnameOrder } from '@holdfast/events/cray/xname';
import {
  type CollectionRow,
  type InventoryRow,
  inNone,
  type MembershipRow,
  type ReadModel,
  type RequestRow,
  type ReservationRow,
  type StatusAnswer,
  type StatusRow,
} from '@holdfast/projections/port';

interface Component {
  xname: string;
  properties: ComponentProperties;
  locked: boolean;
  lockToken: number | null;
  disabled: boolean;
  reservation: ReservationRow | null;
}

/** The read model as a plain map, folded event by event: for tests of the API alone. */
export class FakeReadModel implements ReadModel {
  read = 0;
  /** Positions that were waited for. */
  waits: number[] = [];
  #components = new Map<string, Component>();
  #collections = new Map<string, CollectionRow & { kind: CollectionKind }>();
  #requests = new Map<string, RequestRow>();

  /** `sequence` is null of what makes no hold. */
  fold(event: Event, sequence: number | null): void {
    if (event.type.startsWith('cray.')) this.#foldCray(event as CrayEvent, sequence);
    if (event.type === 'engine.TimeShifted') this.#shift(event.byMs);
  }

  remember(row: RequestRow): void {
    this.#requests.set(row.commandId, row);
  }

  async waitFor(position: number): Promise<void> {
    this.waits.push(position);
  }

  async status({ ids, criteria }: Selection): Promise<StatusAnswer> {
    const notFound = ids.filter((id) => !this.#components.has(id));
    const components = this.#found(ids.length > 0 ? ids : null, criteria);
    return { components: components.map(statusRow), notFound };
  }

  async reservations(xnames: string[]): Promise<Map<string, ReservationRow>> {
    const rows = xnames.flatMap((xname) => {
      const reservation = this.#components.get(xname)?.reservation;
      return reservation ? [[xname, reservation] as const] : [];
    });
    return new Map(rows);
  }

  async components(ids: string[] | null, criteria: Criterion[] = []): Promise<InventoryRow[]> {
    const found = this.#found(ids, criteria);
    return found.map(({ xname, properties, locked, disabled }) => ({ xname, properties, locked, disabled }));
  }

  async memberships(ids: string[] | null, criteria: Criterion[] = []): Promise<MembershipRow[]> {
    return this.#found(ids, criteria).map(({ xname }) => ({
      xname,
      groups: this.#namesWith('group', xname).sort(),
      partitions: this.#namesWith('partition', xname).sort(),
    }));
  }

  #found(ids: string[] | null, criteria: Criterion[]): Component[] {
    const found = ids === null ? this.#inOrder() : ids.flatMap((id) => this.#components.get(id) ?? []);
    return found.filter((one) => criteria.every((criterion) => this.#matches(one, criterion)));
  }

  async collections(kind: CollectionKind): Promise<CollectionRow[]> {
    const rows = [...this.#collections.values()].filter((one) => one.kind === kind);
    rows.sort((a, b) => (a.name < b.name ? -1 : 1));
    return rows.map(({ name, description, members, tags, exclusiveGroup }) => ({
      name,
      description,
      members,
      tags,
      exclusiveGroup,
    }));
  }

  async request(commandId: string): Promise<RequestRow | null> {
    return this.#requests.get(commandId) ?? null;
  }

  #inOrder(): Component[] {
    const ordered = [...this.#components.values()].map((one) => [xnameOrder(one.xname), one] as const);
    return ordered.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, one]) => one);
  }

  #matches(component: Component, { field, values }: Criterion): boolean {
    const has = this.#valuesOf(component, field);
    const negated = values.filter((value) => value.startsWith('!')).map((value) => value.slice(1));
    const wanted = values.filter((value) => !value.startsWith('!'));
    if (negated.some((value) => has.includes(value))) return false;
    return wanted.length === 0 || wanted.some((value) => has.includes(value));
  }

  #valuesOf({ xname, properties, locked, disabled, reservation }: Component, field: CriterionField): string[] {
    const text = (value: unknown) => [String(value ?? '').toLowerCase()];
    switch (field) {
      case 'ComponentIDs':
        return [xname];
      case 'NID':
        return text(properties.nid);
      case 'Type':
        return text(properties.type);
      case 'State':
        return text(properties.state);
      case 'Flag':
        return text(properties.flag);
      case 'Enabled':
        return text(properties.enabled);
      case 'SoftwareStatus':
        return text(properties.softwareStatus);
      case 'Role':
        return text(properties.role);
      case 'SubRole':
        return text(properties.subRole);
      case 'Subtype':
        return text(properties.subtype);
      case 'Arch':
        return text(properties.arch);
      case 'Class':
        return text(properties.class);
      case 'Group':
        return orNone(this.#namesWith('group', xname));
      case 'Partition':
        return orNone(this.#namesWith('partition', xname));
      case 'Locked':
        return text(locked);
      case 'Reserved':
        return text(reservation !== null);
      case 'ReservationDisabled':
        return text(disabled);
    }
  }

  #namesWith(kind: CollectionKind, xname: string): string[] {
    const all = [...this.#collections.values()];
    return all.filter((one) => one.kind === kind && one.members.includes(xname)).map(({ name }) => name);
  }

  #shift(byMs: number): void {
    for (const component of this.#components.values()) {
      const { reservation } = component;
      if (reservation?.expiresAt == null) continue;
      component.reservation = { ...reservation, expiresAt: reservation.expiresAt + byMs };
    }
  }

  #foldCray(event: CrayEvent, sequence: number | null): void {
    if ('xname' in event && event.type !== 'cray.RequestRefused') this.#foldComponent(event, sequence);
    if (event.type === 'cray.CollectionPut') this.#collections.set(`${event.kind} ${event.name}`, event);
    if (event.type === 'cray.CollectionChanged') {
      const key = `${event.kind} ${event.name}`;
      const before = this.#collections.get(key)!;
      const { description, tags, added, removed } = event;
      const members = [...before.members.filter((xname) => !removed.includes(xname)), ...added];
      const row = { ...before, members, description: description ?? before.description, tags: tags ?? before.tags };
      this.#collections.set(key, row);
    }
    if (event.type === 'cray.CollectionDeleted') this.#collections.delete(`${event.kind} ${event.name}`);
  }

  #foldComponent(event: Extract<CrayEvent, { xname: string }>, sequence: number | null): void {
    const { xname } = event;
    const fresh = { xname, locked: false, lockToken: null, disabled: false, reservation: null } as unknown as Component;
    const component = this.#components.get(xname) ?? fresh;
    if (event.type === 'cray.ComponentDeleted') {
      this.#components.delete(xname);
      return;
    }
    this.#components.set(xname, { ...component, ...changeBy(event, component.reservation, sequence) });
  }
}

function orNone(names: string[]): string[] {
  return names.length === 0 ? [inNone] : names;
}

function changeBy(
  event: Extract<CrayEvent, { xname: string }>,
  reservation: ReservationRow | null,
  sequence: number | null,
): Partial<Component> {
  switch (event.type) {
    case 'cray.ComponentPut':
      return { properties: event.properties };
    case 'cray.ComponentLocked':
      return { locked: true, lockToken: sequence };
    case 'cray.ComponentUnlocked':
      return { locked: false, lockToken: null };
    case 'cray.ReservationsDisabled':
    case 'cray.ReservationsEnabled':
      return { disabled: event.type === 'cray.ReservationsDisabled' };
    case 'cray.ReservationCreated': {
      const { reservationId, kind, createdAt, expiresAt, deputyKeyHash } = event;
      return { reservation: { reservationId, kind, createdAt, expiresAt, deputyKeyHash, token: sequence! } };
    }
    case 'cray.ReservationRenewed':
    case 'cray.LeaseExtended':
      return { reservation: reservation && { ...reservation, expiresAt: event.expiresAt } };
    case 'cray.ReservationReleased':
    case 'cray.ReservationRemoved':
    case 'cray.ReservationExpired':
      return { reservation: null };
    default:
      return {};
  }
}

function statusRow({ xname, locked, lockToken, disabled, reservation }: Component): StatusRow {
  if (reservation === null) return { xname, locked, lockToken, disabled, reservation };
  const { deputyKeyHash: _, ...shown } = reservation;
  return { xname, locked, lockToken, disabled, reservation: shown };
}
