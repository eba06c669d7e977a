import type { Event } from '@holdfast/events';
import { componentText } from './texts.js';

/** How a component was from one group on. */
export interface Version {
  /** Of the group that made it so. */
  sequence: number;
  locked: boolean;
  /** See `componentText`. */
  text: string;
  /** Of the reservation, or null. */
  deputyKeyHash: string | null;
}

/** What every component was at every moment: only its changes are kept. A moment is a sequence. */
export class ComponentHistories {
  #versions = new Map<string, Version[]>();
  #reservations = new Map<string, { id: string; createdAt: number; deputyKeyHash: string }>();

  /** `componentOf` gives what a component is after these events, by the model; undefined where there is none. */
  take(sequence: number, events: readonly Event[], componentOf: (xname: string) => Known | undefined): void {
    for (const event of events) {
      if (event.type !== 'cray.ReservationCreated') continue;
      const { xname, reservationId: id, createdAt, deputyKeyHash } = event;
      this.#reservations.set(xname, { id, createdAt, deputyKeyHash });
    }
    const changed = new Set(events.flatMap((event) => ('xname' in event ? [event.xname] : [])));
    // One event of the engine moves the expiry of every lease.
    const moved = events.some(({ type }) => type === 'engine.TimeShifted') ? this.fleet : [];
    for (const xname of new Set([...changed, ...moved])) {
      const component = componentOf(xname);
      if (component !== undefined) this.#note(xname, sequence, component);
    }
  }

  get fleet(): string[] {
    return [...this.#versions.keys()];
  }

  /** The first moment at or after `moment` at which the component is as wanted, or null. */
  firstMatch(xname: string, moment: number, wanted: (version: Version) => boolean): number | null {
    const versions = this.#versions.get(xname) ?? [];
    for (let n = Math.max(lastAt(versions, moment), 0); n < versions.length; n++) {
      const version = versions[n]!;
      if (wanted(version)) return Math.max(version.sequence, moment);
    }
    return null;
  }

  /** How it was at a moment; for messages. */
  at(xname: string, moment: number): Version | undefined {
    const versions = this.#versions.get(xname) ?? [];
    return versions[lastAt(versions, moment)];
  }

  #note(xname: string, sequence: number, { locked, disabled, reservation }: Known): void {
    const created = reservation && this.#reservations.get(xname)!;
    const shown = reservation && { createdAt: created!.createdAt, expiresAt: reservation.expiresAt };
    const text = componentText({ locked, disabled, reservation: shown });
    const deputyKeyHash = created?.deputyKeyHash ?? null;
    const versions = this.#versions.get(xname);
    const version = { sequence, locked, text, deputyKeyHash };
    if (versions === undefined) this.#versions.set(xname, [version]);
    else versions.push(version);
  }
}

interface Known {
  locked: boolean;
  disabled: boolean;
  reservation: { expiresAt: number | null } | null;
}

/** Index of the last version at or before a moment; -1 where there is none. */
function lastAt(versions: readonly Version[], moment: number): number {
  let [low, high] = [0, versions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (versions[middle]!.sequence <= moment) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
