import type { Command, DecodedCommand, Event, KeyClaim, Reason, ReservationKind, Selection } from '@holdfast/events';

/**
 * What the service must do, told a second time and as simply as possible: one mutable map, one command after the other,
 * no log, no epochs, no speculation. The checks hold the events of every accepted group against what this says.
 */
interface Reservation {
  id: string;
  kind: ReservationKind;
  hash: string;
  expiresAt: number | null;
  durationMs: number | null;
}

interface Component {
  role: string;
  locked: boolean;
  disabled: boolean;
  reservation: Reservation | null;
}

export type KeyHashes = (reservationId: string, xname: string) => { reservationKeyHash: string; deputyKeyHash: string };

const second = 1_000;
const byName = ([a]: [string, unknown], [b]: [string, unknown]) => (a < b ? -1 : 1);
const wholeSecond = (ms: number) => Math.ceil(ms / second) * second;

export class Model {
  readonly components = new Map<string, Component>();
  #time = 0;
  #marked = 0;
  #sequence = 0;
  #commandLog = '';
  #remembered = new Map<string, { digest: string; sequence: number; time: number }>();

  constructor(private readonly keyHashes: KeyHashes) {}

  /** The events that must stand in the log for this command; none where it must leave no trace. */
  step(position: number, appendTime: number, { header, command, digest }: DecodedCommand<Command>): Event[] {
    const events = this.#passTime(appendTime);
    const now = this.#time;
    const { actor, reason, idempotencyKey, traceparent } = header;
    const origin = { actor, reason, idempotencyKey, traceparent };
    const outcome = (fields: object): Event => ({
      type: 'engine.RequestDecided',
      command: command.type,
      status: 'accepted',
      total: 0,
      reason: null,
      digest,
      keyed: header.keyed,
      origin,
      ...fields,
    });
    const known = this.#remembered.get(header.id);
    const windowMs = header.keyed ? 86_400_000 : 600_000;
    if (command.type === 'engine.Tick') {
      if (events.length > 0 || command.barrier || now - this.#marked >= 60_000) events.push(outcome({}));
    } else if (command.type === 'engine.CommandLogStarted') {
      events.push(...this.#begin(command, position, outcome));
    } else if (known !== undefined && now - known.time < windowMs) {
      const { sequence: originalSequence } = known;
      if (known.digest === digest) events.push({ type: 'engine.Repeated', originalSequence, digest, origin });
      else events.push(outcome({ status: 'conflict' }));
    } else {
      const { changes, refusals, total } = this.#decide(command, `${header.id}.${position}`);
      const refused = refusals.length > 0 && (('rigid' in command && command.rigid) || total === 0);
      const inOrder = [...changes, ...refusals].sort((a, b) => a.order - b.order);
      const kept = refused ? refusals : inOrder;
      for (const { event } of kept) {
        if (event === null) continue;
        events.push(event);
        this.#apply(event);
      }
      const status = refused ? 'refused' : 'accepted';
      events.push(outcome({ status, total, reason: refused ? refusals[0]!.reason : null }));
      this.#remembered.set(header.id, { digest, sequence: this.#sequence + events.length, time: now });
    }
    this.#sequence += events.length;
    if (events.length > 0) this.#marked = now;
    return events;
  }

  /** Every component, in order: what a status must show. */
  status(): { xname: string; locked: boolean; disabled: boolean; reservation: object | null }[] {
    return [...this.components].sort(byName).map(([xname, { locked, disabled, reservation }]) => {
      const held = reservation && { id: reservation.id, expiresAt: reservation.expiresAt };
      return { xname, locked, disabled, reservation: held };
    });
  }

  #passTime(appendTime: number): Event[] {
    const step = appendTime - this.#time;
    const events: Event[] = [];
    const jump = this.#time > 0 && Math.abs(step) > 10_000;
    for (const [xname, reservation] of this.#leases()) {
      if (!jump || reservation.expiresAt <= this.#time) continue;
      const expiresAt = wholeSecond(reservation.expiresAt + step);
      events.push({ type: 'cray.LeaseExtended', xname, reservationId: reservation.id, expiresAt, byMs: step });
    }
    for (const event of events) this.#apply(event);
    this.#time = jump ? appendTime : Math.max(this.#time, appendTime);
    const due: Event[] = [];
    for (const [xname, { id, expiresAt }] of this.#leases()) {
      if (expiresAt > this.#time) continue;
      due.push({ type: 'cray.ReservationExpired', xname, reservationId: id, expiredAt: expiresAt });
    }
    for (const event of due) this.#apply(event);
    return [...events, ...due];
  }

  #leases(): [string, Reservation & { expiresAt: number }][] {
    const found: [string, Reservation & { expiresAt: number }][] = [];
    for (const [xname, { reservation }] of [...this.components].sort(byName)) {
      if (reservation?.expiresAt != null) found.push([xname, reservation as Reservation & { expiresAt: number }]);
    }
    return found;
  }

  #begin(
    command: Extract<Command, { type: 'engine.CommandLogStarted' }>,
    position: number,
    outcome: (fields: object) => Event,
  ): Event[] {
    if (position !== 0) return [outcome({ status: 'refused', reason: 'the command log has begun already' })];
    const { domains, secretFingerprint, logId } = command;
    const opened: Event[] = this.#commandLog === '' ? [{ type: 'engine.ShardOpened', domains, secretFingerprint }] : [];
    this.#commandLog = logId;
    return [...opened, { type: 'engine.CommandLogAttached', logId }, outcome({})];
  }

  #decide(command: Command, reservationId: string): Decided {
    if ('selection' in command) {
      const { ids, unknown } = this.#select(command.selection);
      if (ids.length === 0) return { changes: [], refusals: [{ order: 0, event: null, reason: 'NotFound' }], total: 0 };
      return this.#each(ids, (xname) => {
        if (unknown.has(xname)) return 'NotFound';
        return this.#onComponent(command, xname, this.components.get(xname)!, reservationId);
      });
    }
    if ('keys' in command) {
      const claims = new Map(command.keys.map((claim) => [`${claim.xname} ${claim.keyHash}`, claim]));
      return this.#each([...claims.values()], (claim) => this.#onKey(command, claim));
    }
    if (command.type === 'cray.ComponentsPutRequested') {
      const changes = command.components.map(({ xname, properties }, order) => ({
        order,
        event: { type: 'cray.ComponentPut', xname, properties } as Event,
      }));
      return { changes, refusals: [], total: changes.length };
    }
    throw new Error(`the model does not know ${command.type}`);
  }

  #each<T extends string | KeyClaim>(targets: T[], judge: (target: T) => Event[] | Reason): Decided {
    const decided: Decided = { changes: [], refusals: [], total: targets.length };
    targets.forEach((target, order) => {
      const xname = typeof target === 'string' ? target : target.xname;
      const verdict = judge(target);
      if (typeof verdict === 'string') {
        const event: Event = { type: 'cray.RequestRefused', xname, reason: verdict };
        decided.refusals.push({ order, event, reason: verdict });
      } else decided.changes.push(...verdict.map((event) => ({ order, event })));
    });
    return decided;
  }

  #select({ ids, criteria }: Selection): { ids: string[]; unknown: Set<string> } {
    const matches = ({ role, locked }: Component) =>
      criteria.every(({ field, values }) => values.includes(field === 'Role' ? role.toLowerCase() : String(locked)));
    if (ids.length > 0) {
      const unknown = new Set(ids.filter((id) => !this.components.has(id)));
      return { ids: ids.filter((id) => unknown.has(id) || matches(this.components.get(id)!)), unknown };
    }
    const all = [...this.components].filter(([, component]) => matches(component));
    return { ids: all.map(([xname]) => xname).sort(), unknown: new Set() };
  }

  #onComponent(command: Command, xname: string, component: Component, reservationId: string): Event[] | Reason {
    const { locked, disabled, reservation } = component;
    const removed: Event[] = reservation
      ? [{ type: 'cray.ReservationRemoved', xname, reservationId: reservation.id }]
      : [];
    switch (command.type) {
      case 'cray.LockRequested':
        if (locked) return 'Locked';
        return disabled ? 'Disabled' : reservation ? 'Reserved' : [{ type: 'cray.ComponentLocked', xname }];
      case 'cray.UnlockRequested':
        if (!locked) return 'Unlocked';
        return disabled ? 'Disabled' : reservation ? 'Reserved' : [{ type: 'cray.ComponentUnlocked', xname }];
      case 'cray.DisableRequested':
        return [...removed, { type: 'cray.ReservationsDisabled', xname }];
      case 'cray.RepairRequested':
        return [{ type: 'cray.ReservationsEnabled', xname }];
      case 'cray.RemovalRequested':
        return removed.length > 0 ? removed : 'NotFound';
      case 'cray.ReservationRequested': {
        if (disabled) return 'Disabled';
        if (locked !== (command.requires === 'locked')) return locked ? 'Locked' : 'Unlocked';
        if (reservation) return 'Reserved';
        const { kind, durationMs } = command;
        const expiresAt = durationMs === null ? null : wholeSecond(this.#time + durationMs);
        const hashes = this.keyHashes(reservationId, xname);
        const head = { type: 'cray.ReservationCreated', xname, reservationId, kind } as const;
        return [{ ...head, ...hashes, createdAt: this.#time, expiresAt, durationMs }];
      }
      default:
        throw new Error(`the model does not know ${command.type}`);
    }
  }

  #onKey(command: Command, { xname, keyHash }: KeyClaim): Event[] | Reason {
    const reservation = this.components.get(xname)?.reservation;
    if (!reservation || reservation.hash !== keyHash) return 'NotFound';
    const { id: reservationId } = reservation;
    if (command.type === 'cray.ReleaseRequested') return [{ type: 'cray.ReservationReleased', xname, reservationId }];
    if (command.type !== 'cray.RenewalRequested') throw new Error(`the model does not know ${command.type}`);
    if (reservation.kind !== 'service') return 'NotFound';
    const durationMs = command.durationMs ?? reservation.durationMs;
    const expiresAt = durationMs === null ? null : wholeSecond(this.#time + durationMs);
    return [{ type: 'cray.ReservationRenewed', xname, reservationId, expiresAt, durationMs }];
  }

  #apply(event: Event): void {
    if (event.type === 'cray.ComponentPut') {
      const before = this.components.get(event.xname);
      const rest = before ?? { locked: false, disabled: false, reservation: null };
      this.components.set(event.xname, { ...rest, role: event.properties.role });
      return;
    }
    if (!('xname' in event) || event.type === 'cray.RequestRefused') return;
    const component = this.components.get(event.xname)!;
    switch (event.type) {
      case 'cray.ComponentLocked':
        component.locked = true;
        break;
      case 'cray.ComponentUnlocked':
        component.locked = false;
        break;
      case 'cray.ReservationsDisabled':
        component.disabled = true;
        break;
      case 'cray.ReservationsEnabled':
        component.disabled = false;
        break;
      case 'cray.ReservationCreated': {
        const { reservationId: id, kind, reservationKeyHash: hash, expiresAt, durationMs } = event;
        component.reservation = { id, kind, hash, expiresAt, durationMs };
        break;
      }
      case 'cray.ReservationRenewed':
        component.reservation = { ...component.reservation!, expiresAt: event.expiresAt, durationMs: event.durationMs };
        break;
      case 'cray.LeaseExtended':
        component.reservation = { ...component.reservation!, expiresAt: event.expiresAt };
        break;
      default:
        component.reservation = null;
    }
  }
}

interface Decided {
  changes: { order: number; event: Event | null }[];
  refusals: { order: number; event: Event | null; reason: Reason }[];
  total: number;
}
