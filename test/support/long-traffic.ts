import type { Actor, Command, Event } from '@holdfast/events';

/** A request as a client sends it. */
export interface Sent {
  id: string;
  keyed: boolean;
  actor: Actor;
  command: Command;
}

/** Seeded requests of a module, as years of use would have them. */
export interface LongTraffic {
  /** The first ones, which fill it. */
  beginning(): Sent[];
  next(): Sent;
  /** Hears what was decided. */
  learn(events: readonly Event[]): void;
}

export interface LongTrafficPart {
  /** `resources`: so many. */
  traffic(seed: number, resources: number): LongTraffic;
  /** The types of its events that a log of some length has. */
  leaves: readonly Event['type'][];
}
