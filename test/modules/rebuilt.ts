import type { Event } from '@holdfast/events';
import type { AuditModel, ReadModel } from '@holdfast/projections';

/** What a rebuild is tried on, of one module. */
export interface Rebuilt {
  /** Some events that differ with `n`. */
  eventsOf(n: number): Event[];
  /** What is shown of the last moment, and of now: the first has the members of the second. */
  shown(model: ReadModel & AuditModel): Promise<{ past: object[]; present: object[] }>;
}
