import type { Event, OutcomeEvent } from '@holdfast/events';
import type { BuiltInModule } from './modules.js';

/** What a group does to the rows of a projection group. */
export type RowChange = PresentChange | DecisionChange;

/**
 * Of the status projection group. Values are final (set this column of this key to that), so changes of many groups
 * coalesce to one per row, and applying one twice is the same as once; but for a move of all leases, which counts as
 * often as it comes. Each is written in the transaction that moves the watermark past it, and so once.
 */
export type PresentChange = ChangeOf<BuiltInModule>;

type ChangeOf<M> = M extends { present: { coalesce(change: infer C, coalesced: never): void } } ? C : never;

/**
 * Of the audit projection group: a group, as it was decided. Rows are only ever added, and adding one twice is the same
 * as once.
 */
export interface DecisionChange {
  table: 'decision';
  /** Sequence of the outcome. */
  sequence: number;
  /** Log time, milliseconds since 1970. */
  time: number;
  commandId: string;
  actor: string;
  /** Somebody asked for it; the others are the engine's own. */
  asked: boolean;
  outcome: OutcomeEvent;
  /** The others of the group, in order; the first has the sequence `sequence - events.length`. */
  events: RecordedEvent[];
}

export interface RecordedEvent {
  /** Id of the resource that it is on, or null: none, or none that a column of texts can hold. */
  resource: string | null;
  event: Event;
}

/** Rows that changes are about: what limits on them count. */
export function rowsOf(change: RowChange): number {
  return change.table === 'decision' ? change.events.length + 1 : 1;
}
