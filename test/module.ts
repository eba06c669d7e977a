import type { BenchPart } from './bench/module.js';
import type { ChaosPart } from './chaos/module.js';
import type { EndToEndPart } from './e2e/module.js';
import type { HistoryPart } from './history/module.js';
import type { Holds, Wholes } from './model/holds.js';
import type { Rules } from './model/module.js';
import type { Mistake, SimulationPart } from './simulation/module.js';
import type { LongTrafficPart } from './support/long-traffic.js';
import type { RowsPart } from './support/rows.js';
import type { Site } from './support/site.js';

/** What the proofs need of a module; complete by its type. What does not apply says so with null. */
export interface TestModule {
  name: string;
  /** What its decider is given in simulations: see `given` of its message set. */
  given: unknown;
  /** A new model of it, with what it is given. */
  // biome-ignore lint/suspicious/noExplicitAny: each is given what its own message set makes for it.
  rules(given: any): Rules;
  /** Null: nothing of it is held by one at a time. */
  holds: Holds | null;
  /** Null: each request is what the model says, and no more can be told without it. */
  wholes: Wholes | null;
  rows: RowsPart;
  simulation: SimulationPart;
  mistakes: readonly Mistake[];
  /** Null: its clients take no part in runs with real faults. */
  chaos: ChaosPart | null;
  history: HistoryPart;
  bench: BenchPart;
  site: Site;
  e2e: EndToEndPart;
  /** Null: a long log has nothing of it. */
  longTraffic: LongTrafficPart | null;
}
