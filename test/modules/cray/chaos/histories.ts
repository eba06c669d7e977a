import type { Event } from '@holdfast/events';
import { Histories } from '../../../chaos/histories.js';
import type { ModuleHistories, Wish } from '../../../chaos/module.js';
import type { Read } from '../../../chaos/observations.js';
import type { ModuleView } from '../../../model/module.js';
import type { CrayView } from '../view.js';
import type { Seen } from './readings.js';
import { componentText } from './texts.js';

/** How a component was from one group on. */
interface Version {
  /** Of the group that made it so. */
  sequence: number;
  locked: boolean;
  /** See `componentText`. */
  text: string;
  /** Of the reservation, or null. */
  deputyKeyHash: string | null;
}

interface Known {
  locked: boolean;
  disabled: boolean;
  reservation: { expiresAt: number | null } | null;
}

export class ComponentHistories implements ModuleHistories {
  #all = new Histories<Version>();
  #reservations = new Map<string, { id: string; createdAt: number; deputyKeyHash: string }>();

  take(sequence: number, events: readonly Event[], view: ModuleView): void {
    const { components } = view as CrayView;
    this.takeWith(sequence, events, (xname) => components.get(xname));
  }

  /** `componentOf` gives what a component is after these events; undefined where there is none. */
  takeWith(sequence: number, events: readonly Event[], componentOf: (xname: string) => Known | undefined): void {
    for (const event of events) {
      if (event.type !== 'cray.ReservationCreated') continue;
      const { xname, reservationId: id, createdAt, deputyKeyHash } = event;
      this.#reservations.set(xname, { id, createdAt, deputyKeyHash });
    }
    const changed = new Set(events.flatMap((event) => ('xname' in event ? [event.xname] : [])));
    // One event of the engine moves the expiry of every lease.
    const moved = events.some(({ type }) => type === 'engine.TimeShifted') ? this.#all.resources : [];
    for (const xname of new Set([...changed, ...moved])) {
      const component = componentOf(xname);
      if (component !== undefined) this.#note(xname, sequence, component);
    }
  }

  wantedBy({ seen }: Read): Wish[] {
    const shown = seen as Seen;
    if (shown.of === 'keys') {
      return shown.claims.map(([xname, hash, good]) =>
        this.#wish(xname, ({ deputyKeyHash }) => (deputyKeyHash === hash) === good),
      );
    }
    const rows = Object.entries(shown.rows);
    const wishes = rows.map(([xname, text]) => this.#wish(xname, (version) => version.text === text));
    if (!shown.lockedOnly) return wishes;
    const others = this.#all.resources.filter((xname) => !(xname in shown.rows));
    return [...wishes, ...others.map((xname) => this.#wish(xname, ({ locked }) => !locked))];
  }

  at(xname: string, moment: number): string {
    return `${this.#all.versionAt(xname, moment)?.text}`;
  }

  #wish(resource: string, wanted: (version: Version) => boolean): Wish {
    return { resource, firstFrom: (moment) => this.#all.firstMatch(resource, moment, wanted) };
  }

  #note(xname: string, sequence: number, { locked, disabled, reservation }: Known): void {
    const created = reservation && this.#reservations.get(xname)!;
    const shown = reservation && { createdAt: created!.createdAt, expiresAt: reservation.expiresAt };
    const text = componentText({ locked, disabled, reservation: shown });
    this.#all.note(xname, { sequence, locked, text, deputyKeyHash: created?.deputyKeyHash ?? null });
  }
}
