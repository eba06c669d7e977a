import { type DecodedEvent, type Event, firstLevel, type RecordedSchema, type Stamp } from '@holdfast/events';

/** The events of one command, complete and accepted. SPEC rules 3 and 4. */
export interface Group {
  events: DecodedEvent<Event>[];
  /** The first event's stamp. */
  stamp: Stamp;
  /** Sequence of the last event, the outcome. */
  sequence: number;
  /** Position in `events` after the last record of the group. */
  end: number;
  /** This group's hash, which the next one carries. */
  hash: string;
}

/**
 * A log's level, and what the ids of its records mean, as accepted groups said; no schemas before that was recorded.
 * SPEC rule 13.
 */
export interface LogForm {
  level: number;
  schemas: readonly RecordedSchema[];
}

export const firstForm: LogForm = { level: firstLevel, schemas: [] };

/** Where a reader may resume, made from accepted groups only. SPEC rule 8. */
export interface Checkpoint {
  /** Position in `events` to read from. */
  resume: number;
  epoch: number;
  owner: string;
  /** Sequence at which the epoch began: nothing at or below it may come again. */
  floor: number;
  sequence: number;
  commandPosition: number;
  hash: string;
  /** Absent where the log had the first. */
  form?: LogForm;
}

export const beginning: Checkpoint = {
  resume: 0,
  epoch: 0,
  owner: '',
  floor: 0,
  sequence: 0,
  commandPosition: -1,
  hash: '',
};
