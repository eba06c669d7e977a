import { claim } from '../model/claim.js';
import { holders } from '../model/holders.js';
import type { HoldChange } from '../model/holds.js';
import type { Step } from './history.js';
import type { Write } from './observations.js';

/** The clients' clock does not step back, so it may differ a little from the one that gives append times. */
const clocksDifferMsMax = 500;

interface Held {
  hold: string;
  /** Not to end before, milliseconds since 1970: by the log, and by what the client asked for and when. */
  until: number;
}

/**
 * Who holds what, told by events and answers alone, without the model: one holder at a time, and no lease that ends
 * before the time that its holder counts on.
 */
export class LeasePromises {
  /** By module and resource. */
  #held = new Map<string, Held>();
  #logTime = 0;

  /** `write` is what a client saw of this command, or null. */
  take(appendTime: number, group: Step['group'], write: Write | null): void {
    // An append time that is back says nothing about how long a lease lasted.
    this.#logTime = Math.max(this.#logTime, appendTime);
    if (group === null) return;
    // Log time that is behind, as nobody could tell how much passed, comes up to the log's clock together with all
    // leases.
    const behindMs = Math.max(0, appendTime - group.stamp.time);
    const asked = write?.leaseMs == null ? 0 : write.invoked + write.leaseMs - clocksDifferMsMax - behindMs;
    for (const event of group.events) {
      if (event.type === 'engine.TimeShifted') this.#shift(event.byMs, appendTime);
      for (const { name, changeOf } of holders) {
        const change = changeOf(event);
        if (change !== null) this.#apply(name, change, asked);
      }
    }
  }

  #shift(byMs: number, appendTime: number): void {
    this.#logTime = appendTime;
    for (const held of this.#held.values()) held.until += byMs;
  }

  #apply(module: string, change: HoldChange, asked: number): void {
    const { resource, hold } = change;
    const key = `${module} ${resource}`;
    switch (change.is) {
      case 'begun': {
        const other = this.#held.get(key);
        claim(other === undefined, `two holders of ${resource}: ${other?.hold} and ${hold}`);
        this.#held.set(key, { hold, until: this.#until(resource, change.expiresAt, asked) });
        break;
      }
      case 'renewed':
      case 'moved': {
        const held = this.#ofHolder(key, hold);
        held.until = this.#until(resource, change.expiresAt, change.is === 'renewed' ? asked : 0);
        break;
      }
      case 'expired': {
        const { until } = this.#ofHolder(key, hold);
        const early = `the lease on ${resource} ended at ${this.#logTime}, but its holder had it until ${until}`;
        claim(until <= this.#logTime, early);
        this.#held.delete(key);
        break;
      }
      case 'ended':
        this.#ofHolder(key, hold);
        this.#held.delete(key);
    }
  }

  #until(resource: string, expiresAt: number | null, asked: number): number {
    if (expiresAt === null) return Number.POSITIVE_INFINITY;
    const early = `the lease on ${resource} is until ${expiresAt}, but was asked for until ${asked} at least`;
    claim(expiresAt >= asked, early);
    return expiresAt;
  }

  #ofHolder(key: string, hold: string): Held {
    const held = this.#held.get(key);
    const other = `${hold} on ${key} changed, but its holder is ${held?.hold ?? 'nobody'}`;
    claim(held?.hold === hold, other);
    return held;
  }
}
