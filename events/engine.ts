import type { Origin, RecordedSchema } from './envelope.js';

/** Commands and events of the engine itself: the same for every module. */

/** Begins a command log. Command positions belong to the log that it names. SPEC rule 8. */
export interface CommandLogStarted {
  type: 'engine.CommandLogStarted';
  logId: string;
  shard: string;
  domains: string[];
  /** Fingerprint of the key secret. */
  secretFingerprint: string;
  /**
   * The level that a new log begins at, with the ids that its records carry. A log that exists keeps its own. SPEC rule
   * 13.
   */
  level: number;
  schemas: readonly RecordedSchema[];
}

/**
 * Asks for a level of the log; `schemas` are all that are written from then on, those recorded before too. SPEC rule
 * 13.
 */
export interface LevelRaiseRequested {
  type: 'engine.LevelRaiseRequested';
  level: number;
  schemas: readonly RecordedSchema[];
}

/** Moves log time on and ends what is due. A barrier always leaves an event. SPEC rule 10. */
export interface Tick {
  type: 'engine.Tick';
  barrier: boolean;
  /** Null where its sender has no monotonic clock, or version 2 was written. */
  reading?: Reading | null;
}

/** What a ticker's monotonic clock shows, in milliseconds. */
export interface Reading {
  /** Who ticks: one name for each gateway. */
  ticker: string;
  /** Readings compare within one of these. */
  boot: string;
  /** The clock before the tick was appended. */
  ms: number;
  /** Its last tick that it read back from the log with a TickerHeard, and the clock then. */
  last: { position: number; ms: number } | null;
}

export type EngineCommand = CommandLogStarted | LevelRaiseRequested | Tick;

/** A shard's first event. */
export interface ShardOpened {
  type: 'engine.ShardOpened';
  domains: string[];
  secretFingerprint: string;
}

/** From here on command positions belong to this command log. */
export interface CommandLogAttached {
  type: 'engine.CommandLogAttached';
  logId: string;
}

/**
 * From here on the log has this level: forms and rules that came with it hold for the groups that follow. SPEC rule 13.
 */
export interface LevelRaised {
  type: 'engine.LevelRaised';
  level: number;
}

/**
 * What each id in the wire format means in this log: all of them, those that were recorded before too. SPEC rule 13.
 */
export interface SchemasRecorded {
  type: 'engine.SchemasRecorded';
  schemas: readonly RecordedSchema[];
}

/**
 * The log's clock moved by this much in which nobody saw time pass: log time and every lease move with it. SPEC rule
 * 10.
 */
export interface TimeShifted {
  type: 'engine.TimeShifted';
  /** Negative: back. */
  byMs: number;
}

/** What the readings of a ticker are held against from here on. SPEC rule 10. */
export interface TickerHeard {
  type: 'engine.TickerHeard';
  ticker: string;
  boot: string;
  /** Its tick at this position, in the command log, is what it names as read back. */
  position: number;
  /** Log time that was proven to have passed by then, in milliseconds since 1970. */
  settled: number;
}

/** A control event: the claim of a new owner. Epoch and owner are in its stamp. SPEC rule 5. */
export interface EpochStarted {
  type: 'engine.EpochStarted';
}

/** A control event: the owner stopped cleanly, so anybody may claim at once. */
export interface EpochEnded {
  type: 'engine.EpochEnded';
}

export type DecisionStatus =
  /** Done, at least in part (flexible). */
  | 'accepted'
  /** A rule of the domain said no; the RequestRefused events before it say why. Nothing changed. */
  | 'refused'
  /** The id was used before with another body. Nothing changed. SPEC rule 11. */
  | 'conflict'
  /** The command could not be decoded, or deciding on it threw. Nothing changed. SPEC rule 3. */
  | 'failed';

/** The outcome that ends a group. */
export interface RequestDecided {
  type: 'engine.RequestDecided';
  /** The command's type, e.g. `<module>.ThingRequested`; empty when it could not be decoded. */
  command: string;
  status: DecisionStatus;
  /** How many things it addressed, as its module counts them. */
  total: number;
  /** The first refusal's reason for `refused`, an error's text for `failed`, else null. */
  reason: string | null;
  digest: string;
  keyed: boolean;
  /** Null where it is not known: the command could not be decoded, or version 1 was written. */
  origin: Origin | null;
  /**
   * Log time that is proven to have passed, in milliseconds since 1970; 0: all up to the stamp's time. SPEC rule 10.
   */
  settled?: number;
}

/** The outcome of a command whose id was decided before with the same body: the answer is the one given then. */
export interface Repeated {
  type: 'engine.Repeated';
  /** Sequence of the first outcome. */
  originalSequence: number;
  /** The body's digest, the same as the first time. */
  digest: string;
  /** Of the repetition; see RequestDecided. */
  origin: Origin | null;
  /** See RequestDecided. */
  settled?: number;
}

export type ControlEvent = EpochStarted | EpochEnded;
export type OutcomeEvent = RequestDecided | Repeated;
export type EngineEvent =
  | ShardOpened
  | CommandLogAttached
  | LevelRaised
  | SchemasRecorded
  | TimeShifted
  | TickerHeard
  | ControlEvent
  | OutcomeEvent;
