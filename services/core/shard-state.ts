import type { Command, DecodedCommand, Event, RecordedSchema } from '@holdfast/events';
import type { LeasingDecider, SnapshotForm } from './decider.js';
import type { RememberedTicker } from './log-time.js';
import type { RequestMemory } from './request-memory.js';

/** Of what every module shares, and of each module. */
export interface ShardState {
  /** Empty until ShardOpened. */
  secretFingerprint: string;
  domains: readonly string[];
  /** The command log that positions belong to; empty before the first. */
  commandLog: string;
  /** Which rules hold, and which forms are written. SPEC rule 13. */
  level: number;
  /** What the ids of the log's records mean; empty before that was recorded. */
  schemas: readonly RecordedSchema[];
  /** Log time; 0 before the first command. */
  time: number;
  /** What of that has passed for leases. SPEC rule 10. */
  settled: number;
  /** Whose readings have been heard, each as accepted events tell it. */
  tickers: readonly RememberedTicker[];
  /** Log time of the last event. */
  marked: number;
  keyed: RequestMemory;
  generated: RequestMemory;
  /** State of each domain, by its name. */
  states: Readonly<Record<string, unknown>>;
  /** The modules that have had an event: the state of one of them is never its beginning. */
  begun: readonly string[];
}

// biome-ignore lint/suspicious/noExplicitAny: the engine holds modules of any command, state and event type.
export type Module = LeasingDecider<any, any, any> & SnapshotForm<any> & { since?: number };
export type Modules = Readonly<Record<string, Module>>;

/** A command as it stands in the log, or why it could not be decoded. */
export interface Received {
  position: number;
  /** Milliseconds since 1970, by the log's clock. */
  appendTime: number;
  decoded: DecodedCommand<Command> | { undecodable: string };
  /**
   * The log lost the commands from this position up to and with `position` before they were decided: what they were
   * nobody can say. Then `decoded` says so, and `appendTime` nothing: log time stands still.
   */
  lostFrom?: number;
  /** Why a first decision on it could not be written; it then gets an outcome that says so. */
  failure?: string;
}

/** The events of one group, before they are stamped. Empty: nothing to record, only time moved on. */
export interface Verdict {
  events: Event[];
  /** Log time of the decision. */
  now: number;
  /** What of that has passed for leases. */
  settled: number;
  /** The log's level when it was made: its events have the form of that. */
  level: number;
  commandId: string;
  /** The authenticated identity, else `anonymous`; empty where the command cannot be decoded. */
  actor: string;
}

/** What is needed of an accepted or just decided group to fold it, or of a part of it. */
export interface Facts {
  events: readonly Event[];
  time: number;
  commandId: string;
  /** Sequence of the last of `events`. */
  sequence: number;
}
