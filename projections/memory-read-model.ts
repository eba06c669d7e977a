import type { CollectionKind, Criterion, Selection } from '@holdfast/events/cray/messages';
import { xnameOrder } from '@holdfast/events/cray/xname';
import type { Steps } from '@holdfast/events/steps';
import { beginning, type Group, type Runtime } from '@holdfast/log';
import type { Change, CollectionChange, ComponentChange, DecisionChange } from './change.js';
import { project } from './families.js';
import { MemoryPlacement } from './placement/memory.js';
import type {
  CollectionRow,
  InventoryRow,
  MembershipRow,
  ReadModel,
  RequestRow,
  ReservationRow,
  StatusAnswer,
  StatusRow,
} from './port.js';
import { isAnswer } from './requests/project.js';
import { type Filterable, matches } from './selection.js';
import { type Positions, type ProjectionStore, StoreError } from './store.js';
import { Watermark } from './watermark.js';

interface Component extends Filterable {
  locked: boolean;
  lockToken: number | null;
  disabled: boolean;
  reservation: ReservationRow | null;
}

/**
 * Read model and projection store as plain maps: the same changes and the same answers as the one in Postgres, for
 * simulations and tests. Without a runtime it cannot wait: `waitFor` rejects at once what was not read yet.
 */
export class MemoryReadModel implements ReadModel, ProjectionStore {
  readonly placement: MemoryPlacement;
  #components = new Map<string, Component>();
  #collections = new Map<string, CollectionRow & { kind: CollectionKind }>();
  #requests = new Map<string, DecisionChange>();
  #positions: Positions | null = null;
  #watermark: Watermark;

  constructor({ runtime, placement }: { runtime?: Pick<Runtime, 'after'>; placement?: MemoryPlacement } = {}) {
    this.placement = placement ?? new MemoryPlacement();
    this.#watermark = new Watermark(runtime);
  }

  /** The same rows and positions, as a process finds them that was started again. */
  reopen({ runtime }: { runtime?: Pick<Runtime, 'after'> } = {}): MemoryReadModel {
    const placement = this.placement.copy();
    const again = new MemoryReadModel(runtime === undefined ? { placement } : { runtime, placement });
    again.#components = new Map(this.#components);
    again.#collections = new Map(this.#collections);
    again.#requests = new Map(this.#requests);
    again.#positions = this.#positions;
    return again;
  }

  get read(): number {
    return this.#watermark.read;
  }

  waitFor(position: number, timeoutMs?: number): Promise<void> {
    return this.#watermark.waitFor(position, timeoutMs);
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

  async request(commandId: string): Promise<RequestRow | null> {
    const decision = this.#requests.get(commandId);
    if (decision === undefined) return null;
    const { actor, sequence, time, events, outcome } = decision;
    return { commandId, actor, sequence, decidedAt: time, events: [...events.map(({ event }) => event), outcome] };
  }

  /** Of all families. */
  project(group: Group): Steps<Change[]> {
    return project(group);
  }

  async load(): Promise<Positions | null> {
    return this.#positions;
  }

  async apply(changes: Change[], found: Positions, next: Positions): Promise<void> {
    const { log, read, checkpoint } = this.#positions ?? (await this.reset());
    if (found.log !== log || found.read !== read || found.checkpoint.resume !== checkpoint.resume) {
      throw new StoreError('superseded', 'the positions moved: somebody else projects');
    }
    this.fold(changes);
    this.#positions = next;
    this.#watermark.move(next.read);
  }

  passed(read: number): void {
    this.#watermark.move(read);
  }

  async reset(): Promise<Positions> {
    this.#components.clear();
    this.#collections.clear();
    this.#requests.clear();
    this.placement.clear();
    this.#positions = { log: '', read: 0, checkpoint: beginning };
    this.#watermark.move(0);
    return this.#positions;
  }

  /** Applies changes and no positions. */
  fold(changes: readonly Change[]): void {
    for (const change of changes) {
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
        case 'decision':
          if (isAnswer(change)) this.#requests.set(change.commandId, change);
          break;
        default:
          this.placement.fold(change);
      }
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
