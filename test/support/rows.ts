import type { Event } from '@holdfast/events';
import type { AuditModel, Present, ReadModel } from '@holdfast/projections';

/** What tests of the read model have of a module. */
export interface RowsPart {
  // biome-ignore lint/suspicious/noExplicitAny: each folds its own changes.
  memory: new () => MemoryPart<any>;
  /** All that the read model has of it, as lists. */
  answers(present: Present): Promise<unknown[][]>;
  /** Types of events by which something goes. */
  ending: readonly string[];
  rebuilt: Rebuilt;
}

/** The rows of a module as plain maps: it answers what its tables do. */
export interface MemoryPart<Change> {
  fold(change: Change): void;
  copy(): MemoryPart<Change>;
  clear(): void;
}

/** What a rebuild is tried on. */
export interface Rebuilt {
  /** Some events that differ with `n`. */
  eventsOf(n: number): Event[];
  /** What is shown of the last moment, and of now: the first has the members of the second. */
  shown(model: ReadModel & AuditModel): Promise<{ past: object[]; present: object[] }>;
}
