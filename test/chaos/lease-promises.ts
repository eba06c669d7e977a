import type { Event } from '@holdfast/events';
import { claim } from '../model/explain.js';
import type { Step } from './history.js';
import type { Write } from './observations.js';

/** The clients' clock does not step back, so it may differ a little from the one that gives append times. */
const clocksDifferMsMax = 500;

interface Held {
  reservationId: string;
  /** Not to end before, milliseconds since 1970: by the log, and by what the client asked for and when. */
  until: number;
}

/**
 * Who holds what, told by events and answers alone, without the model: one holder at a time, and no lease that ends before
 * the time that its holder counts on.
 */
export class LeasePromises {
  #held = new Map<string, Held>();
  #logTime = 0;

  /** `write` is what a client saw of this command, or null. */
  take(appendTime: number, group: Step['group'], write: Write | null): void {
    // An append time that is back says nothing about how long a lease lasted.
    this.#logTime = Math.max(this.#logTime, appendTime);
    if (group === null) return;
    // Log time that is behind, as nobody could tell how much passed, comes up to the log's clock together with all leases.
    const behindMs = Math.max(0, appendTime - group.stamp.time);
    const asked = write?.leaseMs == null ? 0 : write.invoked + write.leaseMs - clocksDifferMsMax - behindMs;
    for (const event of group.events) {
      if (event.type === 'engine.TimeShifted') this.#shift(event.byMs, appendTime);
      else this.#apply(event, asked);
    }
  }

  #shift(byMs: number, appendTime: number): void {
    this.#logTime = appendTime;
    for (const held of this.#held.values()) held.until += byMs;
  }

  #apply(event: Event, asked: number): void {
    switch (event.type) {
      case 'cray.ReservationCreated': {
        const { xname, reservationId, expiresAt } = event;
        const other = this.#held.get(xname);
        claim(other === undefined, `two holders of ${xname}: ${other?.reservationId} and ${reservationId}`);
        this.#held.set(xname, { reservationId, until: this.#until(xname, expiresAt, asked) });
        break;
      }
      case 'cray.ReservationRenewed':
      case 'cray.LeaseExtended': {
        const { xname, reservationId, expiresAt } = event;
        const held = this.#ofHolder(xname, reservationId);
        const isRenewal = event.type === 'cray.ReservationRenewed';
        held.until = this.#until(xname, expiresAt, isRenewal ? asked : 0);
        break;
      }
      case 'cray.ReservationExpired': {
        const { xname, reservationId } = event;
        const { until } = this.#ofHolder(xname, reservationId);
        const early = `the lease on ${xname} ended at ${this.#logTime}, but its holder had it until ${until}`;
        claim(until <= this.#logTime, early);
        this.#held.delete(xname);
        break;
      }
      case 'cray.ReservationReleased':
      case 'cray.ReservationRemoved':
        this.#ofHolder(event.xname, event.reservationId);
        this.#held.delete(event.xname);
    }
  }

  #until(xname: string, expiresAt: number | null, asked: number): number {
    if (expiresAt === null) return Number.POSITIVE_INFINITY;
    claim(expiresAt >= asked, `the lease on ${xname} is until ${expiresAt}, but was asked for until ${asked} at least`);
    return expiresAt;
  }

  #ofHolder(xname: string, reservationId: string): Held {
    const held = this.#held.get(xname);
    const other = `${reservationId} on ${xname} changed, but its holder is ${held?.reservationId ?? 'nobody'}`;
    claim(held?.reservationId === reservationId, other);
    return held;
  }
}
