import type { Command, CommandHeader, DecodedCommand, Event, Origin, Reading } from '@holdfast/events';
import type { CollectionKind, CollectionReason, ComponentEntry, ComponentProperties, KeyClaim, MissingReason, OfExisting, Reason, Selection } from '@holdfast/events/cray/messages';
import type { PlacementCommand, PlacementEvent } from '@holdfast/events/placement/messages';
import { PlacementModel } from './placement.js';
import { type Component, type Reservation, View } from './view.js';

/*
 * What the service must do, told a second time and as simply as possible: a few maps, one command after the other, no log,
 * no epochs, no speculation, and nothing of the core. The checks hold the events of every accepted group against what
 * this says.
 */

export type KeyHashes = (reservationId: string, xname: string) => { reservationKeyHash: string; deputyKeyHash: string };

/** A command as it stands in the log, or why it cannot be decoded. */
export type Stood = DecodedCommand<Command> | { undecodable: string };

export interface Decided {
  events: Event[];
  refused: boolean;
  total: number;
  reason: string | null;
}

type Outcome = (fields: object) => Event;
type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>;
type Leased = Reservation & { expiresAt: number };
type Saw = { sinceMs: number; until: number };

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

export class Model {
  #view = new View();
  #placement = new PlacementModel(this.#view.placement);
  #time = 0;
  /** What of it is proven to have passed. */
  #settled = 0;
  /** By name; the one heard last comes last. */
  #tickers = new Map<string, { boot: string; position: number; settled: number }>();
  #marked = 0;
  #sequence = 0;
  #commandLog = '';
  #level = 1;
  #remembered = new Map<string, { digest: string; sequence: number; time: number }>();

  constructor(private readonly keyHashes: KeyHashes) {}

  /** What is to be seen now. It does not change afterwards. */
  view(): View {
    return this.#view.copy();
  }

  /** The events that must stand in the log for this command; none where it must leave no trace. */
  step(position: number, appendTime: number, stood: Stood): Event[] {
    const tick = 'command' in stood && stood.command.type === 'engine.Tick' ? stood.command : null;
    const events = this.#passTime(position, appendTime, tick?.reading ?? null);
    return this.#outcome(position, stood, events);
  }

  #outcome(position: number, stood: Stood, events: Event[]): Event[] {
    // The rule that comes with a level holds from the next command on, and so does the form of outcomes.
    const settled = this.#level < 4 ? 0 : this.#settled;
    const answer = this.#answer(position, stood, events);
    if (answer.length > 0) Object.assign(answer.at(-1)!, { settled });
    events.push(...answer);
    this.#sequence += events.length;
    if (events.length > 0) this.#marked = this.#time;
    if ('undecodable' in stood || stood.command.type.startsWith('engine.')) return events;
    const { header, digest } = stood;
    if (!this.#isKnown(header) && events.at(-1)!.type === 'engine.RequestDecided') {
      this.#remembered.set(header.id, { digest, sequence: this.#sequence, time: this.#time });
    }
    return events;
  }

  /** The same where the log lost the commands from one position up to and with another: log time stands still. */
  lose({ from, to }: { from: number; to: number }): Event[] {
    const which = from === to ? `command ${from} was` : `commands ${from} to ${to} were`;
    // Time stands still: this is no command that anybody appended.
    return this.#outcome(to, { undecodable: `${which} removed from the log before a decision` }, []);
  }

  #answer(position: number, stood: Stood, before: Event[]): Event[] {
    const outcome = (fields: object): Event => ({
      type: 'engine.RequestDecided',
      command: 'undecodable' in stood ? '' : stood.command.type,
      status: 'accepted',
      total: 0,
      reason: null,
      digest: 'undecodable' in stood ? '' : stood.digest,
      keyed: 'undecodable' in stood ? false : stood.header.keyed,
      origin: 'undecodable' in stood ? null : originOf(stood.header),
      ...fields,
    });
    if ('undecodable' in stood) return [outcome({ status: 'failed', reason: stood.undecodable })];
    const { header, command, digest } = stood;
    if (command.type === 'engine.Tick') {
      const silent = before.length === 0 && !command.barrier && this.#time - this.#marked < 60_000;
      return silent ? [] : [outcome({})];
    }
    if (command.type === 'engine.CommandLogStarted') return this.#begin(command, position, outcome);
    if (command.type === 'engine.LevelRaiseRequested') return this.#raise(command, outcome);
    if (this.#isKnown(header)) {
      const { digest: first, sequence } = this.#remembered.get(header.id)!;
      if (first !== digest) return [outcome({ status: 'conflict' })];
      return [{ type: 'engine.Repeated', originalSequence: sequence, digest, origin: originOf(header) }];
    }
    // Commands of a test's own say themselves why they must fail.
    if ('mustFail' in command) return [outcome({ status: 'failed', reason: command.mustFail })];
    const { events, refused, total, reason } = this.#decide(command, `${header.id}.${position}`);
    events.forEach((event, n) => {
      this.#apply(event, this.#sequence + before.length + n + 1);
    });
    return [...events, outcome({ status: refused ? 'refused' : 'accepted', total, reason: refused ? reason : null })];
  }

  #isKnown({ id, keyed }: { id: string; keyed: boolean }): boolean {
    const known = this.#remembered.get(id);
    return known !== undefined && this.#time - known.time < (keyed ? 86_400_000 : 600_000);
  }

  /** Moves time on, and with it leases, and ends those that are due. SPEC rule 10. */
  #passTime(position: number, appendTime: number, reading: Reading | null): Event[] {
    const deaf = this.#level < 4 || this.#tickers.size === 0;
    const ticker = deaf || reading === null ? null : this.#sawBy(reading);
    const byMs = deaf ? this.#passBySilence(appendTime) : this.#passByTickers(appendTime, ticker?.until ?? null);
    const moved = byMs === 0 ? [] : this.#moveLeases(byMs, appendTime - byMs);
    for (const event of moved) this.#apply(event, null);
    const due = this.#leases().filter(([, { expiresAt }]) => expiresAt <= this.#time);
    const ended = due.map(
      ([xname, { id, expiresAt }]): Event => ({
        type: 'cray.ReservationExpired',
        xname,
        reservationId: id,
        expiredAt: expiresAt,
      }),
    );
    for (const event of ended) this.#apply(event, null);
    return [...moved, ...ended, ...(this.#level < 4 || reading === null ? [] : this.#hear(position, reading, ticker))];
  }

  /** By how much the leases move; `before` is log time until now. */
  #moveLeases(byMs: number, before: number): Event[] {
    for (const ticker of this.#tickers.values()) ticker.settled += byMs;
    if (this.#level >= 4) return [{ type: 'engine.TimeShifted', byMs }];
    return this.#leases()
      .filter(([, { expiresAt }]) => expiresAt > before)
      .map(([xname, { id, expiresAt }]) => {
        const later = wholeSecond(expiresAt + byMs);
        return { type: 'cray.LeaseExtended', xname, reservationId: id, expiresAt: later, byMs };
      });
  }

  /** All of log time passes, but for what the log was silent for. */
  #passBySilence(appendTime: number): number {
    const step = appendTime - this.#time;
    const jump = this.#time > 0 && Math.abs(step) > 10_000;
    this.#time = jump ? appendTime : Math.max(this.#time, appendTime);
    this.#settled = this.#time;
    return jump ? step : 0;
  }

  /** A second of log time may pass without proof. `saw`: up to when a ticker saw time pass. */
  #passByTickers(appendTime: number, saw: number | null): number {
    const before = this.#settled;
    if (saw !== null && saw > before && appendTime > before) {
      this.#settled = [saw, appendTime, before + 1_000].sort((a, b) => a - b)[0]!;
    }
    const differs = appendTime - this.#settled;
    const step = saw !== null && (this.#settled > before ? differs >= 500 : differs <= -500);
    if (step || differs > 10_000 || differs < -10_000) {
      this.#time = appendTime;
      this.#settled = appendTime;
      return differs;
    }
    if (appendTime > this.#time) this.#time = Math.min(appendTime, this.#settled + 1_000);
    if (this.#time < this.#settled) this.#time = this.#settled;
    return 0;
  }

  /** What a ticker saw pass since the tick of its that is remembered; null: it tells nothing. */
  #sawBy({ ticker, boot, ms, last }: Reading): Saw | null {
    const known = this.#tickers.get(ticker);
    if (known?.boot !== boot || last?.position !== known.position || ms < last.ms) return null;
    return { sinceMs: ms - last.ms, until: known.settled + ms - last.ms };
  }

  #hear(position: number, { ticker, boot }: Reading, saw: Saw | null): Event[] {
    const known = this.#tickers.get(ticker);
    let heard = { boot, position, settled: this.#settled };
    if (known?.boot === boot) {
      if (saw === null) return [];
      // All has moved since then, and so has what is remembered.
      const ahead = known.settled + saw.sinceMs - this.#settled;
      if (ahead >= -500 && ahead <= 100) return [];
      if (ahead > 100) heard = { ...known, settled: known.settled - ahead };
    }
    this.#tickers.delete(ticker);
    this.#tickers.set(ticker, heard);
    if (this.#tickers.size > 64) this.#tickers.delete([...this.#tickers.keys()][0]!);
    return [{ type: 'engine.TickerHeard', ticker, ...heard }];
  }

  /** Every reservation that ends by itself, in the order of the components. */
  #leases(): [string, Leased][] {
    const found: [string, Leased][] = [];
    for (const [xname, { reservation }] of this.#view.components) {
      if (reservation?.expiresAt != null) found.push([xname, reservation as Leased]);
    }
    return found.sort(([a], [b]) => View.order(a, b));
  }

  /** Ids never change in a run: what contradicts the recorded ones is for tests of its own. */
  #raise({ level, schemas }: CommandOf<'engine.LevelRaiseRequested'>, out: Outcome): Event[] {
    if (level <= this.#level) return [out({ status: 'refused', reason: `the log has level ${this.#level}` })];
    this.#level = level;
    return [{ type: 'engine.LevelRaised', level }, { type: 'engine.SchemasRecorded', schemas }, out({})];
  }

  #begin(begun: CommandOf<'engine.CommandLogStarted'>, position: number, out: Outcome) {
    const { domains, secretFingerprint, logId } = begun;
    if (position !== 0) return [out({ status: 'refused', reason: 'the command log has begun already' })];
    const attached: Event = { type: 'engine.CommandLogAttached', logId };
    const isNew = this.#commandLog === '';
    this.#commandLog = logId;
    this.#tickers.clear();
    if (!isNew) return [attached, out({})];
    const raised =
      begun.level > this.#level ? this.#raise({ ...begun, type: 'engine.LevelRaiseRequested' }, out) : [out({})];
    return [{ type: 'engine.ShardOpened', domains, secretFingerprint } as Event, attached, ...raised];
  }

  #decide(command: Command, reservationId: string): Decided {
    if (isOfPlacement(command)) return this.#placement.decide(command, this.#level);
    switch (command.type) {
      case 'cray.ComponentsPutRequested': {
        const events = command.components.flatMap((entry) => this.#put(entry, command.existing));
        return { events, refused: false, total: command.components.length, reason: null };
      }
      case 'cray.RoleChangeRequested':
        return this.#level < 4 ? tooEarly : this.#changeRoles(command);
      case 'cray.CollectionChangeRequested':
        return this.#level < 4 ? tooEarly : this.#changeCollection(command);
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
      case 'engine.Tick':
      case 'engine.CommandLogStarted':
      case 'engine.LevelRaiseRequested':
        throw new Error('not for here');
      default:
        return this.#onSelection(command, reservationId);
    }
  }

  #put({ xname, properties, locked, disabled }: ComponentEntry, existing: OfExisting): Event[] {
    const known = this.#view.components.get(xname)?.properties;
    const put = (now: ComponentProperties): Event[] => [{ type: 'cray.ComponentPut', xname, properties: now }];
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

  #onSelection(command: OnSelection, reservationId: string): Decided {
    const missing = this.#level < 4 ? null : this.#missing(command);
    if (missing !== null) return missing;
    const xnames = this.#addressed(command);
    if (xnames.length === 0)
      return isOfReservation(command) ? { ...nothingFound, reason: 'NoReservation' } : nothingFound;
    return this.#each(xnames, command.rigid, (xname) => {
      const component = this.#view.components.get(xname);
      return component === undefined ? 'NotFound' : this.#onComponent(command, xname, component, reservationId);
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
  #each<T extends string | KeyClaim>(targets: T[], rigid: boolean, judge: (target: T) => Event[] | Reason): Decided {
    const verdicts = targets.map(
      (target) => [typeof target === 'string' ? target : target.xname, judge(target)] as const,
    );
    const first = verdicts.map(([, verdict]) => verdict).find((verdict) => typeof verdict === 'string');
    const refused = rigid && first !== undefined;
    const events = verdicts.flatMap(([xname, verdict]): Event[] => {
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
    const done = (event: Event): Decided => ({ events: [event], refused: false, total: 1, reason: null });
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
      return this.#level < 4 ? refuse('Exists') : refusedFor(elsewhere, 'Exclusive');
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
    const event: Event = { ...command, type: 'cray.CollectionChanged', name: there.name };
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

  #onComponent(command: OnSelection, xname: string, component: Component, reservationId: string): Event[] | Reason {
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
        const durationMs = kind === 'admin' ? null : command.durationMs;
        const hashes = this.keyHashes(reservationId, xname);
        const head = { type: 'cray.ReservationCreated', xname, reservationId, kind } as const;
        return [{ ...head, ...hashes, createdAt: this.#time, expiresAt: this.#expiry(durationMs), durationMs }];
      }
    }
  }

  #onKey(command: CommandOf<'cray.RenewalRequested' | 'cray.ReleaseRequested'>, claim: KeyClaim): Event[] | Reason {
    const { xname, keyHash } = claim;
    const reservation = this.#view.components.get(xname)?.reservation;
    if (!reservation || reservation.hash !== keyHash) return 'NotFound';
    const { id: reservationId } = reservation;
    if (command.type === 'cray.ReleaseRequested') return [{ type: 'cray.ReservationReleased', xname, reservationId }];
    if (reservation.kind !== 'service') return 'NotFound';
    const durationMs = command.durationMs ?? reservation.durationMs;
    const expiresAt = this.#expiry(durationMs);
    const fencingToken = this.#level < 4 ? null : reservation.token;
    return [{ type: 'cray.ReservationRenewed', xname, reservationId, expiresAt, durationMs, fencingToken }];
  }

  #expiry(durationMs: number | null): number | null {
    return durationMs === null ? null : wholeSecond(this.#time + durationMs);
  }

  #shift(byMs: number): void {
    const { components } = this.#view;
    for (const [xname, reservation] of this.#leases()) {
      const moved = { ...reservation, expiresAt: reservation.expiresAt + byMs };
      components.set(xname, { ...components.get(xname)!, reservation: moved });
    }
  }

  /** `sequence` is that of the event; null where it makes no hold. */
  #apply(event: Event, sequence: number | null): void {
    if (isOfPlacement(event)) {
      this.#placement.apply(event);
      return;
    }
    if (event.type === 'engine.TimeShifted') {
      this.#shift(event.byMs);
      return;
    }
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

type OnSelection = Extract<Command, { selection: Selection }>;
type OnComponent = Exclude<
  Extract<Event, { xname: string }>,
  { type: 'cray.ComponentDeleted' } | { type: 'cray.RequestRefused' }
>;

function isOfPlacement<T extends Command | Event>(
  message: T,
): message is Extract<T, PlacementCommand | PlacementEvent> {
  return message.type.startsWith('placement.');
}

function originOf({ actor, reason, idempotencyKey, traceparent }: CommandHeader): Origin {
  return { actor, reason, idempotencyKey, traceparent };
}

function removal(xname: string, { reservation }: Component): Event[] {
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
