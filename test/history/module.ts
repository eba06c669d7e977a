import type { Command } from '@holdfast/events';
import type { Present } from '@holdfast/projections';

/** What is recorded of a module: every operation once accepted, and most once refused. */
export interface HistoryPart {
  /** Under the first owner, at a level that is raised afterwards; null: nothing. */
  first: ((caller: Caller) => Promise<void>) | null;
  /** Under the second, after a silence. */
  second(caller: Caller): Promise<void>;
  /** One of the first, with a key under which it may be sent again; null: none has one. */
  again: Resent | null;
  /** What the read model shows in the end, and what is decided on. */
  outcome(present: Present, state: unknown): Promise<object>;
  /** An outcome without what recorded ones lack, as they were recorded before there was such a thing. */
  asRecorded(outcome: object, recorded: object): object;
}

export interface Resent {
  path: string;
  body: object;
  headers: Record<string, string>;
}

/** A client of the session, whose requests are a second apart. */
export interface Caller {
  /** The body of the answer; null: none. */
  // biome-ignore lint/suspicious/noExplicitAny: read as a client would.
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<any>;
  /** Past the routes, so that also what none of them sends can be recorded. */
  submit(command: Command): Promise<void>;
  /** Lets time pass with ticks, so that it is no silence; at once where it goes back. In milliseconds. */
  pass(ms: number): Promise<void>;
  /** The same as the process that ticks sees it too: from level 4 on nothing else ends a lease. In milliseconds. */
  passForAll(ms: number): Promise<void>;
}
