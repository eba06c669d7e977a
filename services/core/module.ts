import type { LeasingDecider, SnapshotForm } from './decider.js';

/** A module as the core knows it: what decides on its commands, and what is said of its state. */
export interface CoreModule<G, C, S, E> {
  name: string;
  /** The level of a log that it came with, as its message set has it: below that it decides nothing. SPEC rule 13. */
  since: number;
  /** The decider with what it is given from outside: of `given` of the module's message set. */
  decider(given: G): LeasingDecider<C, S, E> & SnapshotForm<S>;
  /**
   * How many holds there are that somebody must renew or give back. To be had at once: it is asked with every scrape of
   * the metrics.
   */
  leases(state: S): number;
}
