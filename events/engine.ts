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
  /** The level that a new log begins at, with the ids that its records carry. A log that exists keeps its own. SPEC rule 13. */
  level: number;
  schemas: readonly RecordedSchema[];
}

/** Asks for a level of the log; `schemas` are all that are written from then on, those recorded before too. SPEC rule 13. */
export interface LevelRaiseRequested {
  type: 'engine.LevelRaiseRequested';
  level: number;
  schemas: readonly RecordedSchema[];
}

/** Moves log time on and ends what is due. A barrier always leaves an event. SPEC rule 10. */
export interface Tick {
  type: 'engine.Tick';
  barrier: boolean;
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

/** From here on the log has this level: forms and rules that came with it hold for the groups that follow. SPEC rule 13. */
export interface LevelRaised {
  type: 'engine.LevelRaised';
  level: number;
}

/** What each id in the wire format means in this log: all of them, those that were recorded before too. SPEC rule 13. */
export interface SchemasRecorded {
  type: 'engine.SchemasRecorded';
  schemas: readonly RecordedSchema[];
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
  /** The command's type, e.g. `cray.LockRequested`; empty when it could not be decoded. */
  command: string;
  status: DecisionStatus;
  /** Components addressed. */
  total: number;
  /** The first refusal's reason for `refused`, an error's text for `failed`, else null. */
  reason: string | null;
  digest: string;
  keyed: boolean;
  /** Null where it is not known: the command could not be decoded, or version 1 was written. */
  origin: Origin | null;
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
}

export type ControlEvent = EpochStarted | EpochEnded;
export type OutcomeEvent = RequestDecided | Repeated;
export type EngineEvent =
  | ShardOpened
  | CommandLogAttached
  | LevelRaised
  | SchemasRecorded
  | ControlEvent
  | OutcomeEvent;
