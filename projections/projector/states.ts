import type { LogError } from '@holdfast/log';
import type { ReadAhead } from '../read-ahead.js';

/** What a projector is at. Each state has the fields that exist in it. */
export type ProjectorState =
  | ProjectorIdle
  | ProjectorOpening
  | ProjectorReading
  | ProjectorResting
  | ProjectorWaiting
  | ProjectorClosed
  | ProjectorStopped;

/** Before its start. */
export interface ProjectorIdle {
  name: 'idle';
}

/** Looks where to read on, and makes the rows anew where that must be. */
export interface ProjectorOpening {
  name: 'opening';
}

/** Takes what was read ahead, and writes it. */
export interface ProjectorReading {
  name: 'reading';
  ahead: ReadAhead;
  /** Names the log. */
  log: string;
}

/** The same after a write, so that more comes together. */
export interface ProjectorResting {
  name: 'resting';
  ahead: ReadAhead;
  log: string;
}

/** Tries again after a while. */
export interface ProjectorWaiting {
  name: 'waiting';
  because: Error;
}

/** Begins nothing more; a write that is under way ends first. */
export interface ProjectorClosed {
  name: 'closed';
}

/** Trying again would not help, and nothing leads out of that. */
export interface ProjectorStopped {
  name: 'stopped';
  error: LogError;
}

/** What may happen to it, in whatever state it is. */
export type ProjectorHappening =
  | { name: 'startAsked' }
  /** Reads from where it was looked for. */
  | { name: 'opened'; ahead: ReadAhead; log: string }
  /** Reading was ended. */
  | { name: 'interrupted' }
  /** It wrote, and nobody waits for more. */
  | { name: 'restDue' }
  | { name: 'rested' }
  /** Somebody waits for what was not read yet. */
  | { name: 'awaited' }
  | { name: 'failed'; error: Error }
  | { name: 'failedForGood'; error: LogError }
  | { name: 'retryDue' }
  /** The rows are damaged. */
  | { name: 'damageFound' }
  /** Somebody made the stored positions anew. */
  | { name: 'recheckAsked' }
  | { name: 'closeAsked' };

/** What follows from it outside of the state, in that order. */
export type ProjectorEffect =
  | { do: 'run' }
  | { do: 'closeAhead'; ahead: ReadAhead }
  /** End what is waited for, be it a timer, the log or a rebuild. */
  | { do: 'cutShort' }
  | { do: 'tellStopped'; error: LogError };
