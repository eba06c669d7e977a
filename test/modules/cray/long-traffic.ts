import type { Actor, Event } from '@holdfast/events';
import type { ComponentProperties, CrayCommand, KeyClaim, Selection } from '@holdfast/events/cray/messages';
import { fleetOf } from '../../bench/inventory.js';
import { Random } from '../../simulation/random.js';
import type { LongTraffic, LongTrafficPart, Sent } from '../../support/long-traffic.js';
import { computeNode } from './properties.js';

/** Components in one request that fills the inventory. */
const putMax = 1_000;
/** Requests that may be sent again, and reservations whose keys are remembered. */
const recentMax = 100;
const heldMax = 1_000;

const actors: readonly Actor[] = [
  'scheduler',
  'scheduler',
  'scheduler',
  'firmware',
  'boot',
  'operator',
  'night-watch',
].map((name, n) => ({ name, authenticated: true, address: `10.1.0.${n + 1}`, userAgent: `${name}/2.1` }));

/**
 * Seeded requests of a busy fleet: each kind of the module, repeated and conflicting ones too, most of few components.
 */
class CrayLongTraffic implements LongTraffic {
  #random: Random;
  #fleet: string[];
  /** Of each reservation request that was granted, newest last. */
  #held: KeyClaim[][] = [];
  #recent: Sent[] = [];
  #gone: string[] = [];
  #collections = 0;

  constructor(seed: number, components: number) {
    this.#random = new Random(seed);
    this.#fleet = fleetOf(components);
  }

  /** The requests that fill the inventory. */
  beginning(): Sent[] {
    const requests: Sent[] = [];
    for (let from = 0; from < this.#fleet.length; from += putMax) {
      requests.push(this.#sent(this.#put(this.#fleet.slice(from, from + putMax))));
    }
    return requests;
  }

  next(): Sent {
    const random = this.#random;
    if (this.#recent.length > 0 && random.chance(0.02)) {
      const again = random.pick(this.#recent);
      return random.chance(0.9) ? again : { ...again, command: this.#command() };
    }
    const sent = this.#sent(this.#command());
    this.#recent.push(sent);
    if (this.#recent.length > recentMax) this.#recent.shift();
    return sent;
  }

  /** Hears what was decided: which keys there are to renew and release with. */
  learn(events: readonly Event[]): void {
    const claims: KeyClaim[] = [];
    for (const event of events) {
      if (event.type !== 'cray.ReservationCreated') continue;
      claims.push({ xname: event.xname, keyHash: event.reservationKeyHash });
    }
    if (claims.length === 0) return;
    this.#held.push(claims);
    if (this.#held.length > heldMax) this.#held.shift();
  }

  #sent(command: CrayCommand): Sent {
    const random = this.#random;
    return { id: this.#uuid(), keyed: random.chance(0.5), actor: random.pick(actors), command };
  }

  #command(): CrayCommand {
    const random = this.#random;
    const selection = this.#selection();
    const rigid = random.chance(selection.ids.length <= 8 ? 0.7 : 0.2);
    const on = { selection, rigid };
    const durationMs = random.pick([60_000, 300_000, 900_000, 900_000, null]);
    const dice = random.int(1, 1_000);
    if (dice <= 340) {
      return { type: 'cray.ReservationRequested', ...on, kind: 'service', durationMs, requires: 'unlocked' };
    }
    if (dice <= 370)
      return { type: 'cray.ReservationRequested', ...on, kind: 'admin', durationMs: null, requires: 'locked' };
    if (dice <= 580) return { type: 'cray.ReleaseRequested', keys: this.#keys(true), rigid };
    if (dice <= 740) return { type: 'cray.RenewalRequested', keys: this.#keys(false), rigid, durationMs };
    if (dice <= 800) return { type: 'cray.LockRequested', ...on };
    if (dice <= 900) return { type: 'cray.UnlockRequested', ...on };
    if (dice <= 910) return { type: 'cray.DisableRequested', ...on };
    if (dice <= 940) return { type: 'cray.RepairRequested', ...on };
    if (dice <= 970) return { type: 'cray.RemovalRequested', ...on, reservationId: null };
    if (dice <= 990) return this.#put(selection.ids);
    if (dice <= 995) return this.#leaveOrComeBack();
    return this.#collection();
  }

  #leaveOrComeBack(): CrayCommand {
    if (this.#gone.length > 0) {
      const back = this.#gone;
      this.#gone = [];
      return this.#put(back);
    }
    this.#gone = this.#selection().ids.slice(0, 8);
    return { type: 'cray.ComponentsDeletionRequested', ids: this.#gone };
  }

  #collection(): CrayCommand {
    const kind = this.#random.pick(['group', 'partition'] as const);
    const name = `${kind} ${this.#random.int(1, 5)}`;
    if (this.#random.chance(0.4)) return { type: 'cray.CollectionDeletionRequested', kind, name };
    const description = `number ${++this.#collections}`;
    const members = this.#selection().ids;
    return { type: 'cray.CollectionPutRequested', kind, name, description, members, tags: [], exclusiveGroup: '' };
  }

  #put(xnames: readonly string[]): CrayCommand {
    const components = xnames.map((xname) => {
      return { xname, properties: this.#properties(), locked: false, disabled: false };
    });
    return { type: 'cray.ComponentsPutRequested', components, existing: 'replace' };
  }

  #properties(): ComponentProperties {
    const management = this.#random.chance(0.01);
    return {
      ...computeNode,
      state: this.#random.pick(['Ready', 'Ready', 'Ready', 'On', 'Off']),
      role: management ? 'Management' : 'Compute',
      subRole: management ? 'Worker' : '',
      nid: this.#random.int(1, 1_000_000),
    };
  }

  /** Neighbours, as a job or a cabinet has them; now and then one by role, or one that is not there. */
  #selection(): Selection {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.0005) return { ids: [], criteria: [{ field: 'Role', values: ['management'] }] };
    if (dice < 0.005) return { ids: ['x9999c0s0b0n0'], criteria: [] };
    const count = dice < 0.6 ? 1 : dice < 0.88 ? random.int(2, 8) : random.int(16, 64);
    const from = random.int(0, Math.max(0, this.#fleet.length - count));
    return { ids: this.#fleet.slice(from, from + count), criteria: [] };
  }

  #keys(ends: boolean): KeyClaim[] {
    const held = this.#held;
    if (held.length === 0) return [{ xname: this.#fleet[0]!, keyHash: 'none' }];
    const n = this.#random.int(0, held.length - 1);
    const claims = held[n]!;
    if (ends) held[n] = held.pop() ?? claims;
    if (ends && n >= held.length) held.length = n;
    return claims;
  }

  /** A UUID-shaped text that only this generator gives. */
  #uuid(): string {
    const part = () => this.#random.int(0, 0xffff_ffff).toString(16).padStart(8, '0');
    const [a, b, c, d] = [part(), part(), part(), part()];
    return `${a}-${b.slice(0, 4)}-7${b.slice(5)}-8${c.slice(1, 4)}-${c.slice(4)}${d}`;
  }
}

export const crayLongTraffic: LongTrafficPart = {
  traffic: (seed, components) => new CrayLongTraffic(seed, components),
  leaves: [
    'cray.CollectionDeleted',
    'cray.CollectionPut',
    'cray.ComponentDeleted',
    'cray.ComponentLocked',
    'cray.ComponentPut',
    'cray.ComponentUnlocked',
    'cray.LeaseExtended',
    'cray.RequestRefused',
    'cray.ReservationCreated',
    'cray.ReservationExpired',
    'cray.ReservationReleased',
    'cray.ReservationRemoved',
    'cray.ReservationRenewed',
    'cray.ReservationsDisabled',
    'cray.ReservationsEnabled',
  ],
};
