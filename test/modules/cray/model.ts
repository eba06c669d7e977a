import type { KeyHashes } from '@holdfast/events/cray/keys';
import type {
  CollectionKind,
  CollectionReason,
  ComponentEntry,
  ComponentProperties,
  CrayCommand,
  CrayEvent,
  KeyClaim,
  MissingReason,
  OfExisting,
  Reason,
  Selection,
} from '@holdfast/events/cray/messages';
import type { Asked, Decided, Rules } from '../../model/module.js';
import { type Component, CrayView, type Reservation } from './view.js';

/*
 * The rules of locks, reservations, components and collections, told a second time: a few maps, one command after the
 * other.
 */

type CommandOf<Type extends CrayCommand['type']> = Extract<CrayCommand, { type: Type }>;
type Leased = Reservation & { expiresAt: number };

const wholeSecond = (ms: number) => Math.ceil(ms / 1_000) * 1_000;
/** Of what came with a level that the log does not have. */
const tooEarly: Decided = { events: [], refused: true, total: 0, reason: 'Level' };
const refusedFor = (xname: string, reason: CollectionReason | MissingReason | 'NotFound'): Decided => ({
  events: [{ type: 'cray.RequestRefused', xname, reason }],
  refused: true,
  total: 1,
  reason,
});
const nothingFound: Decided = { events: [], refused: true, total: 0, reason: 'NotFound' };

/** A removal that names a reservation and no components. */
function isOfReservation(command: OnSelection): command is CommandOf<'cray.RemovalRequested'> {
  if (command.type !== 'cray.RemovalRequested' || command.reservationId === null) return false;
  return command.selection.ids.length === 0 && command.selection.criteria.length === 0;
}

export class CrayRules implements Rules {
  #view = new CrayView();
  #asked: Asked = { id: '', time: 0, level: 1 };

  constructor(private readonly keyHashes: KeyHashes) {}

  decide(command: CrayCommand, asked: Asked): Decided {
    this.#asked = asked;
    switch (command.type) {
      case 'cray.ComponentsPutRequested': {
        const events = command.components.flatMap((entry) => this.#put(entry, command.existing));
        return { events, refused: false, total: command.components.length, reason: null };
      }
      case 'cray.RoleChangeRequested':
        return asked.level < 4 ? tooEarly : this.#changeRoles(command);
      case 'cray.CollectionChangeRequested':
        return asked.level < 4 ? tooEarly : this.#changeCollection(command);
      case 'cray.ComponentsDeletionRequested':
        return this.#delete(command.ids ?? this.#view.selected({ ids: [], criteria: [] }));
      case 'cray.CollectionPutRequested':
      case 'cray.CollectionDeletionRequested':
        return this.#onCollection(command);
      case 'cray.RenewalRequested':
      case 'cray.ReleaseRequested': {
        const claims = new Map(command.keys.map((claim) => [`${claim.xname} ${claim.keyHash}`, claim]));
        return this.#each([...claims.values()], command.rigid, (claim) => this.#onKey(command, claim));
      }
      default:
        return this.#onSelection(command);
    }
  }

  #put({ xname, properties, locked, disabled }: ComponentEntry, existing: OfExisting): CrayEvent[] {
    const known = this.#view.components.get(xname)?.properties;
    const put = (now: ComponentProperties): CrayEvent[] => [{ type: 'cray.ComponentPut', xname, properties: now }];
    if (known === undefined) {
      return [
        ...put(properties),
        ...(locked ? [{ type: 'cray.ComponentLocked', xname } as const] : []),
        ...(disabled ? [{ type: 'cray.ReservationsDisabled', xname } as const] : []),
      ];
    }
    if (existing === 'leave') return [];
    if (existing === 'replace') return put(properties);
    const observed = { ...known };
    for (const name of ['state', 'flag', 'subtype', 'netType', 'arch', 'class'] as const)
      observed[name] = properties[name];
    const tells = (['subtype', 'netType', 'arch', 'class'] as const).some(
      (name) => observed[name] !== '' && observed[name] !== known[name],
    );
    const same = observed.state === known.state && observed.flag === known.flag && !tells;
    return same ? [] : put(observed);
  }

  #changeRoles({ ids, role, subRole }: CommandOf<'cray.RoleChangeRequested'>): Decided {
    if (ids.length === 0) return nothingFound;
    return this.#each(ids, true, (xname) => {
      const properties = this.#view.components.get(xname)?.properties;
      if (properties === undefined) return 'NotFound';
      if (properties.role === role && properties.subRole === subRole) return [];
      return [{ type: 'cray.ComponentPut', xname, properties: { ...properties, role, subRole } }];
    });
  }

  #onSelection(command: OnSelection): Decided {
    const missing = this.#asked.level < 4 ? null : this.#missing(command);
    if (missing !== null) return missing;
    const xnames = this.#addressed(command);
    if (xnames.length === 0)
      return isOfReservation(command) ? { ...nothingFound, reason: 'NoReservation' } : nothingFound;
    return this.#each(xnames, command.rigid, (xname) => {
      const component = this.#view.components.get(xname);
      return component === undefined ? 'NotFound' : this.#onComponent(command, xname, component);
    });
  }

  /** A removal that names nothing but a reservation is of the components that have it. */
  #addressed(command: OnSelection): string[] {
    const xnames = this.#view.selected(command.selection);
    if (!isOfReservation(command)) return xnames;
    return xnames.filter((xname) => this.#view.components.get(xname)?.reservation?.id === command.reservationId);
  }

  /** Of what a selection leaves out, the first group or partition that is not there. */
  #missing({ selection }: OnSelection): Decided | null {
    for (const { field, values } of selection.criteria) {
      if (field !== 'Group' && field !== 'Partition') continue;
      for (const value of values) {
        const name = value.slice(1);
        if (!value.startsWith('!') || this.#view.collections.has(`${field.toLowerCase()} ${name}`)) continue;
        return refusedFor(name, `No${field}`);
      }
    }
    return null;
  }

  /** All or nothing when `rigid`, else each for itself. */
  #each<T extends string | KeyClaim>(
    targets: T[],
    rigid: boolean,
    judge: (target: T) => CrayEvent[] | Reason,
  ): Decided {
    const verdicts = targets.map(
      (target) => [typeof target === 'string' ? target : target.xname, judge(target)] as const,
    );
    const first = verdicts.map(([, verdict]) => verdict).find((verdict) => typeof verdict === 'string');
    const refused = rigid && first !== undefined;
    const events = verdicts.flatMap(([xname, verdict]): CrayEvent[] => {
      if (typeof verdict === 'string') return [{ type: 'cray.RequestRefused', xname, reason: verdict }];
      return refused ? [] : verdict;
    });
    return { events, refused, total: targets.length, reason: first ?? null };
  }

  #delete(xnames: string[]): Decided {
    const { components } = this.#view;
    if (xnames.length === 0) return nothingFound;
    // Each for itself, but refused as a whole where there is nothing to delete.
    const nothing = xnames.every((xname) => !components.has(xname));
    return this.#each(xnames, nothing, (xname) => {
      const component = components.get(xname);
      if (component === undefined) return 'NotFound';
      return [...removal(xname, component), { type: 'cray.ComponentDeleted', xname }];
    });
  }

  #onCollection(command: CommandOf<'cray.CollectionPutRequested' | 'cray.CollectionDeletionRequested'>): Decided {
    const { kind, name } = command;
    const taken = this.#view.collections.get(`${kind} ${name.toLowerCase()}`);
    const done = (event: CrayEvent): Decided => ({ events: [event], refused: false, total: 1, reason: null });
    const refuse = (reason: 'Exists' | 'NotFound'): Decided => {
      return { events: [{ type: 'cray.RequestRefused', xname: name, reason }], refused: true, total: 1, reason };
    };
    if (command.type === 'cray.CollectionDeletionRequested') {
      return taken === undefined
        ? refuse('NotFound')
        : done({ type: 'cray.CollectionDeleted', kind, name: taken.name });
    }
    const { description, members, tags, exclusiveGroup } = command;
    if (taken !== undefined) return refuse('Exists');
    const elsewhere = this.#inAnother(kind, name, exclusiveGroup, members);
    if (elsewhere !== undefined) {
      return this.#asked.level < 4 ? refuse('Exists') : refusedFor(elsewhere, 'Exclusive');
    }
    return done({ type: 'cray.CollectionPut', kind, name, description, members, tags, exclusiveGroup });
  }

  #changeCollection(command: CommandOf<'cray.CollectionChangeRequested'>): Decided {
    const { kind, name, added, removed } = command;
    const there = this.#view.collections.get(`${kind} ${name.toLowerCase()}`);
    if (there === undefined) return refusedFor(name, 'NotFound');
    const twice = added.find((xname) => there.members.includes(xname));
    if (twice !== undefined) return refusedFor(twice, 'IsMember');
    const missing = removed.find((xname) => !there.members.includes(xname));
    if (missing !== undefined) return refusedFor(missing, 'NoMember');
    const elsewhere = this.#inAnother(kind, name, there.exclusiveGroup, added);
    if (elsewhere !== undefined) return refusedFor(elsewhere, 'Exclusive');
    const event: CrayEvent = { ...command, type: 'cray.CollectionChanged', name: there.name };
    return { events: [event], refused: false, total: 1, reason: null };
  }

  /** The first that is a member of another one, where it may be of one only. */
  #inAnother(kind: CollectionKind, name: string, exclusiveGroup: string, members: string[]): string | undefined {
    const others = [...this.#view.collections.values()].filter(
      (other) =>
        other.kind === kind &&
        other.name.toLowerCase() !== name.toLowerCase() &&
        (kind === 'partition' || (exclusiveGroup !== '' && other.exclusiveGroup === exclusiveGroup)),
    );
    return members.find((xname) => others.some((other) => other.members.includes(xname)));
  }

  #onComponent(command: OnSelection, xname: string, component: Component): CrayEvent[] | Reason {
    const { locked, disabled, reservation } = component;
    switch (command.type) {
      case 'cray.LockRequested':
        if (locked) return 'Locked';
        return disabled ? 'Disabled' : reservation ? 'Reserved' : [{ type: 'cray.ComponentLocked', xname }];
      case 'cray.UnlockRequested':
        if (!locked) return 'Unlocked';
        return disabled ? 'Disabled' : reservation ? 'Reserved' : [{ type: 'cray.ComponentUnlocked', xname }];
      case 'cray.DisableRequested':
        return [...removal(xname, component), { type: 'cray.ReservationsDisabled', xname }];
      case 'cray.RepairRequested':
        return [{ type: 'cray.ReservationsEnabled', xname }];
      case 'cray.RemovalRequested':
        if (command.reservationId !== null && reservation?.id !== command.reservationId) return 'NotFound';
        return reservation ? removal(xname, component) : 'NotFound';
      case 'cray.ReservationRequested': {
        if (disabled) return 'Disabled';
        if (locked !== (command.requires === 'locked')) return locked ? 'Locked' : 'Unlocked';
        if (reservation) return 'Reserved';
        const { kind } = command;
        const { id: reservationId, time: createdAt } = this.#asked;
        const durationMs = kind === 'admin' ? null : command.durationMs;
        const hashes = this.keyHashes(reservationId, xname);
        const head = { type: 'cray.ReservationCreated', xname, reservationId, kind } as const;
        return [{ ...head, ...hashes, createdAt, expiresAt: this.#expiry(durationMs), durationMs }];
      }
    }
  }

  #onKey(command: CommandOf<'cray.RenewalRequested' | 'cray.ReleaseRequested'>, claim: KeyClaim): CrayEvent[] | Reason {
    const { xname, keyHash } = claim;
    const reservation = this.#view.components.get(xname)?.reservation;
    if (!reservation || reservation.hash !== keyHash) return 'NotFound';
    const { id: reservationId } = reservation;
    if (command.type === 'cray.ReleaseRequested') return [{ type: 'cray.ReservationReleased', xname, reservationId }];
    if (reservation.kind !== 'service') return 'NotFound';
    const durationMs = command.durationMs ?? reservation.durationMs;
    const expiresAt = this.#expiry(durationMs);
    const fencingToken = this.#asked.level < 4 ? null : reservation.token;
    return [{ type: 'cray.ReservationRenewed', xname, reservationId, expiresAt, durationMs, fencingToken }];
  }

  #expiry(durationMs: number | null): number | null {
    return durationMs === null ? null : wholeSecond(this.#asked.time + durationMs);
  }

  moved(before: number, byMs: number): CrayEvent[] {
    return this.#leases()
      .filter(([, { expiresAt }]) => expiresAt > before)
      .map(([xname, { id, expiresAt }]) => {
        const later = wholeSecond(expiresAt + byMs);
        return { type: 'cray.LeaseExtended', xname, reservationId: id, expiresAt: later, byMs };
      });
  }

  ended(time: number): CrayEvent[] {
    return this.#leases()
      .filter(([, { expiresAt }]) => expiresAt <= time)
      .map(([xname, { id, expiresAt }]) => {
        return { type: 'cray.ReservationExpired', xname, reservationId: id, expiredAt: expiresAt };
      });
  }

  view(): CrayView {
    return this.#view.copy();
  }

  /** Every reservation that ends by itself, in the order of the components. */
  #leases(): [string, Leased][] {
    const found: [string, Leased][] = [];
    for (const [xname, { reservation }] of this.#view.components) {
      if (reservation?.expiresAt != null) found.push([xname, reservation as Leased]);
    }
    return found.sort(([a], [b]) => CrayView.order(a, b));
  }

  shift(byMs: number): void {
    const { components } = this.#view;
    for (const [xname, reservation] of this.#leases()) {
      const moved = { ...reservation, expiresAt: reservation.expiresAt + byMs };
      components.set(xname, { ...components.get(xname)!, reservation: moved });
    }
  }

  apply(event: CrayEvent, sequence: number | null): void {
    const { components, collections } = this.#view;
    if (event.type === 'cray.CollectionPut') {
      const { type: _, ...collection } = event;
      collections.set(`${event.kind} ${event.name.toLowerCase()}`, collection);
      return;
    }
    if (event.type === 'cray.CollectionChanged') {
      const key = `${event.kind} ${event.name.toLowerCase()}`;
      const before = collections.get(key)!;
      const stay = before.members.filter((xname) => !event.removed.includes(xname));
      collections.set(key, {
        ...before,
        members: [...stay, ...event.added],
        description: event.description ?? before.description,
        tags: event.tags ?? before.tags,
      });
      return;
    }
    if (event.type === 'cray.CollectionDeleted') collections.delete(`${event.kind} ${event.name.toLowerCase()}`);
    if (!('xname' in event) || event.type === 'cray.RequestRefused') return;
    const { xname } = event;
    if (event.type === 'cray.ComponentDeleted') {
      components.delete(xname);
      return;
    }
    const before = components.get(xname);
    const fresh = { locked: false, lockToken: null, disabled: false, reservation: null };
    // Only a put names one that was not there, and a put has the properties.
    components.set(xname, { ...fresh, ...before, ...changed(event, before?.reservation, sequence) } as Component);
  }
}

type OnSelection = Extract<CrayCommand, { selection: Selection }>;
type OnComponent = Exclude<
  Extract<CrayEvent, { xname: string }>,
  { type: 'cray.ComponentDeleted' } | { type: 'cray.RequestRefused' }
>;

function removal(xname: string, { reservation }: Component): CrayEvent[] {
  return reservation ? [{ type: 'cray.ReservationRemoved', xname, reservationId: reservation.id }] : [];
}

/** What an event changes of its component. Nothing is changed in place: views share the parts. */
function changed(
  event: OnComponent,
  held: Reservation | null | undefined,
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
      return { disabled: true };
    case 'cray.ReservationsEnabled':
      return { disabled: false };
    case 'cray.ReservationCreated': {
      const { reservationId: id, kind, reservationKeyHash: hash, deputyKeyHash } = event;
      const { createdAt, expiresAt, durationMs } = event;
      return { reservation: { id, kind, hash, deputyKeyHash, createdAt, expiresAt, durationMs, token: sequence! } };
    }
    case 'cray.ReservationRenewed':
      return { reservation: { ...held!, expiresAt: event.expiresAt, durationMs: event.durationMs } };
    case 'cray.LeaseExtended':
      return { reservation: { ...held!, expiresAt: event.expiresAt } };
    case 'cray.ReservationReleased':
    case 'cray.ReservationRemoved':
    case 'cray.ReservationExpired':
      return { reservation: null };
  }
}
