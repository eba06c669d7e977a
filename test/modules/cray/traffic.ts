import { criterionFields } from '@holdfast/events/cray/criterion-fields';
import type {
  ComponentProperties,
  CrayCommand,
  CrayEvent,
  Criterion,
  CriterionField,
  KeyClaim,
  OfExisting,
  Selection,
} from '@holdfast/events/cray/messages';
import type { Caller, Traffic } from '../../simulation/module.js';
import type { Random } from '../../simulation/random.js';
import { readableHashes } from './given.js';
import type { CrayQuery } from './view.js';

/** Values of every property, and thereby of every filter. */
const values = {
  type: ['Node', 'NodeBMC'],
  state: ['Ready', 'Off', 'Standby'],
  flag: ['OK', 'Alert'],
  softwareStatus: ['', 'AdminStatus'],
  role: ['Compute', 'Management', 'Application'],
  subRole: ['', 'Worker', 'UAN'],
  subtype: ['', 'River'],
  arch: ['X86', 'ARM'],
  class: ['River', 'Mountain'],
} as const;
const names = { group: ['Red', 'green', 'BLUE'], partition: ['p1', 'p2', 'p3.1'] } as const;
const stranger = 'x9c7s9b0n9';
/** Keys that a client remembers. */
const claimsMax = 6;

/** Makes commands and filters on one fleet, so that they meet one another. */
export class CrayTraffic implements Traffic {
  readonly #fleet: string[];
  #removals = 0;

  constructor(private readonly random: Random) {
    const size = random.pick([5, 8, 8, 14, 40]);
    this.#fleet = Array.from({ length: size }, (_, n) => `x0c0s${n}b0n0`);
  }

  beginning(): CrayCommand[] {
    return [this.#put(this.#fleet, 'replace')];
  }

  /** Remembers the last keys that its client was given. */
  caller(): Caller {
    const claims: KeyClaim[] = [];
    return {
      next: () => this.#any(claims),
      learn: (event: CrayEvent, sendAbout) => {
        if (event.type !== 'cray.ReservationCreated') return;
        const claim = { xname: event.xname, keyHash: event.reservationKeyHash };
        claims.push(claim);
        if (claims.length > claimsMax) claims.shift();
        if (event.expiresAt === null || !this.random.chance(0.2)) return;
        sendAbout(event.expiresAt, { type: 'cray.RenewalRequested', keys: [claim], rigid: false, durationMs: 2_000 });
      },
    };
  }

  query(): CrayQuery {
    const { random } = this;
    switch (random.int(0, 5)) {
      case 0:
        return { of: 'reservations', xnames: this.#ids() };
      case 1:
        return random.chance(0.5) ? { of: 'components', ids: this.#ids() } : { of: 'components', ids: null };
      case 2:
        if (random.chance(0.3)) return { of: 'memberships' };
        return { of: 'collections', kind: random.pick(['group', 'partition']) };
      case 3:
        return { of: 'status', selection: { ids: [], criteria: [] } };
      default:
        return { of: 'status', selection: this.#selection() };
    }
  }

  #any(claims: readonly KeyClaim[]): CrayCommand {
    const { random } = this;
    const rigid = random.chance(0.5);
    switch (random.int(0, 19)) {
      case 0:
      case 1:
        return { type: 'cray.LockRequested', selection: this.#selection(), rigid };
      case 2:
      case 3:
        return { type: 'cray.UnlockRequested', selection: this.#selection(), rigid };
      case 4:
        return { type: 'cray.DisableRequested', selection: this.#selection(), rigid };
      case 5:
      case 6:
        return { type: 'cray.RepairRequested', selection: this.#selection(), rigid };
      case 7:
        return {
          type: 'cray.RemovalRequested',
          selection: this.#selection(),
          rigid,
          reservationId: this.#meant(claims),
        };
      case 8:
      case 9:
      case 10:
        return { type: 'cray.RenewalRequested', keys: this.#keys(claims), rigid, durationMs: this.#durationMs() };
      case 11:
        return { type: 'cray.ReleaseRequested', keys: this.#keys(claims), rigid };
      case 12:
        return this.#reservation('admin', null, 'locked');
      case 13:
        return this.#inventoryChange();
      default:
        return this.#reservation('service', this.#durationMs(), random.pick(['locked', 'unlocked', 'unlocked']));
    }
  }

  #selection(): Selection {
    const { random } = this;
    const criteria: Criterion[] = [];
    while (random.chance(0.25)) criteria.push(this.#criterion(random.pick(criterionFields)));
    if (random.chance(criteria.length > 0 ? 0.5 : 0.04)) return { ids: [], criteria };
    return { ids: this.#ids(), criteria };
  }

  /** Some of the fleet, and sometimes one that does not exist. */
  #ids(): string[] {
    const random = this.random;
    const fleet = this.#fleet;
    const share = random.pick([0.1, 0.3, 0.3, 0.9]);
    const ids = [...fleet, stranger].filter((_, n) => random.chance(n === fleet.length ? 0.1 : share));
    return ids.length > 0 ? ids : [random.pick(fleet)];
  }

  /**
   * The reservation that a removal names, which is there or gone: each third does where its client has the key of one.
   */
  #meant([claim]: readonly KeyClaim[]): string | null {
    this.#removals++;
    if (claim === undefined || this.#removals % 3 !== 0) return null;
    return claim.keyHash.split(' ')[1]!;
  }

  #durationMs(): number | null {
    return this.random.pick([60_000, 2_000, 7_500, 1_000, 10_000, null]);
  }

  #reservation(kind: 'admin' | 'service', durationMs: number | null, requires: 'locked' | 'unlocked'): CrayCommand {
    const rigid = this.random.chance(0.5);
    return { type: 'cray.ReservationRequested', selection: this.#selection(), rigid, kind, durationMs, requires };
  }

  #inventoryChange(): CrayCommand {
    const { random } = this;
    const kind = random.pick(['group', 'partition'] as const);
    const name = random.pick(names[kind]);
    switch (random.int(0, 5)) {
      case 0:
        return this.#put(this.#ids(), random.pick(['leave', 'observe', 'replace', 'replace'] as const));
      case 1:
        return { type: 'cray.ComponentsDeletionRequested', ids: random.chance(0.03) ? null : this.#ids().slice(0, 2) };
      case 2:
        return { type: 'cray.CollectionDeletionRequested', kind, name };
      case 3: {
        const { role, subRole } = this.#properties();
        return { type: 'cray.RoleChangeRequested', ids: this.#ids(), role, subRole };
      }
      case 4:
        return {
          type: 'cray.CollectionChangeRequested',
          kind,
          name,
          description: random.chance(0.5) ? random.uuid() : null,
          tags: random.chance(0.5) ? [random.pick(['t1', 't2'])] : null,
          added: random.chance(0.6) ? [random.pick(this.#fleet)] : [],
          removed: random.chance(0.4) ? [random.pick(this.#fleet)] : [],
        };
      default:
        return {
          type: 'cray.CollectionPutRequested',
          kind,
          name,
          description: random.uuid(),
          members: random.chance(0.5) ? this.#ids() : this.#ids().slice(0, 2),
          tags: random.chance(0.5) ? [random.pick(['t1', 't2'])] : [],
          exclusiveGroup: kind === 'group' && random.chance(0.5) ? 'colour' : '',
        };
    }
  }

  #put(xnames: readonly string[], existing: OfExisting): CrayCommand {
    const { random } = this;
    return {
      type: 'cray.ComponentsPutRequested',
      components: xnames.map((xname) => {
        return { xname, properties: this.#properties(), locked: random.chance(0.2), disabled: random.chance(0.1) };
      }),
      existing,
    };
  }

  #properties(): ComponentProperties {
    const { random } = this;
    const texts = Object.fromEntries(Object.entries(values).map(([name, texts]) => [name, random.pick<string>(texts)]));
    const nid = random.chance(0.2) ? null : random.int(1, 4);
    return { ...(texts as Record<keyof typeof values, string>), nid, enabled: random.chance(0.7), netType: 'Sling' };
  }

  #criterion(field: CriterionField): Criterion {
    const { random } = this;
    const count = random.int(1, 2);
    const some = Array.from({ length: count }, () => `${random.chance(0.2) ? '!' : ''}${this.#value(field)}`);
    return { field, values: [...new Set(some)] };
  }

  #value(field: CriterionField): string {
    const { random } = this;
    switch (field) {
      case 'ComponentIDs':
        return random.pick(this.#fleet);
      case 'NID':
        return random.pick(['', '1', '2', '3']);
      case 'Group':
      case 'Partition':
        return random.pick(names[field === 'Group' ? 'group' : 'partition']).toLowerCase();
      case 'Enabled':
      case 'Locked':
      case 'Reserved':
      case 'ReservationDisabled':
        return String(random.chance(0.5));
      default: {
        const name = `${field[0]!.toLowerCase()}${field.slice(1)}` as keyof typeof values;
        return random.pick<string>(values[name]).toLowerCase();
      }
    }
  }

  #keys(claims: readonly KeyClaim[]): KeyClaim[] {
    const { random } = this;
    const mine = claims.filter(() => random.chance(0.6));
    if (random.chance(0.2) || mine.length === 0) {
      const xname = random.pick(this.#fleet);
      mine.push({ xname, keyHash: readableHashes('none', xname).reservationKeyHash });
    }
    return mine;
  }
}
