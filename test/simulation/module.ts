import type { Command, Event } from '@holdfast/events';
import type { Group } from '@holdfast/log';
import type { Present } from '@holdfast/projections';
import type { Query } from '../model/module.js';
import type { Seeds } from './batch.js';
import type { Random } from './random.js';
import type { Observation } from './workload.js';

/** What the clients of one run ask of a module, so that they meet one another. */
export interface Traffic {
  /** The requests that give everybody else something to ask for. */
  beginning(): Command[];
  /** Of a client of its own. */
  caller(): Caller;
  query(): Query;
}

export interface Caller {
  /** Any operation that changes something. */
  next(): Command;
  /**
   * Hears what a request of its client came to. `sendAbout` has a command reach the log at about a time of the log's
   * clock, milliseconds since 1970.
   */
  learn(event: Event, sendAbout: (time: number, command: Command) => void): void;
}

/** How a module's questions are asked of the read model. */
export interface Reads {
  ask(present: Present, query: Query): Promise<object>;
  /** The first expiry in what was found, milliseconds since 1970; null: none. */
  expiryIn(found: object, query: Query): number | null;
  /** What was found, in the shape in which the model answers. */
  shown(found: object, query: Query): unknown;
  /** Everything that there is, in questions. */
  all: readonly Query[];
}

export interface SimulationPart {
  /** How much of what clients ask for is of the module: its share of the sum over all. */
  weight: number;
  traffic(random: Random): Traffic;
  reads: Reads;
  /** What must hold of it after a run, told by events and reads alone, without the model. Throws Violation. */
  checks: readonly Check[];
}

export type Check = (groups: readonly Group[], observed: readonly Observation[]) => void;

/**
 * A mistake that the simulator must catch. It changes one place of the production code: a text that must stand exactly
 * once in what was built of the file which has the symbol.
 */
export interface Mistake {
  name: string;
  /** What that source file exports: no other one exports anything of that name. */
  of: string;
  find: string;
  replace: string;
  /** Where it shows, if not anywhere. */
  seeds?: Seeds;
}
