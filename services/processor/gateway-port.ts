import type { Command, CommandHeader } from '@holdfast/events';
import type { Group } from '@holdfast/log';

/** What an API module asks of a shard. */
export interface Gateway {
  /** Appends a command and gives the group that decided it, read back from the log. SPEC rule 7. */
  submit(request: Submission): Promise<Group>;
  /** As submit, but resolves once the command is durably in the log, before it is decided. */
  enqueue(request: Submission): Promise<void>;
  /**
   * Appends a barrier tick and waits until its group was read back, 2 s at most. Gives log time, in milliseconds since
   * 1970. SPEC rule 10.
   */
  barrier(): Promise<number>;
  /**
   * The head of `events`, looked up after the call began: what a linearizable read waits for. `unavailable` after 2 s.
   */
  head(): Promise<number>;
  /** Tells how far `events` was read back, after each batch, in positions. Gives the function that ends that. */
  onRead(listener: (position: number) => void): () => void;
  /** Why a request would not be admitted now, or null: so that it can be refused before its body is read. */
  refusal(urgent: boolean): GatewayError | null;
  /** What stops the shard, or null while it works. */
  readonly stopped: Error | null;
}

/** Who counts what the gateway does. */
export interface GatewayObserver {
  /** A command was decided, this long after it was given to the log, in milliseconds. */
  answered(ms: number): void;
  /** A request was refused by this limit. */
  limitHit(limit: GatewayLimit): void;
}

export type GatewayLimit = 'shard_in_flight' | 'queue_age';

/** A command with its header. */
export interface Submission extends CommandHeader {
  command: Command;
  /** Key of the record: the id of a resource where the command names one, else the domain. */
  key: string;
  /** Refused last, as refusing it may cost a lease. See AdmissionLimits. */
  urgent: boolean;
}

export type GatewayErrorCode =
  /** Not decided in time; the outcome is not known. SPEC rule 7. */
  | 'undecided'
  /** The log lost commands that were not decided, this one maybe among them; the outcome is not known. */
  | 'lost'
  /** The log did not take it for sure: ambiguous, and not retried with another id. */
  | 'append-failed'
  /** The log does not say where its head is. */
  | 'unavailable'
  /** Too many requests in flight. Nothing was appended. */
  | 'overloaded'
  /** The oldest request has waited too long for its decision. Nothing was appended. */
  | 'backlogged'
  /** Larger than the log takes. Nothing was appended. */
  | 'too-large'
  /** The log is not there any more: nothing will be decided. */
  | 'gone'
  /** The log's disk is full, or cannot be written. Nothing was appended. */
  | 'full'
  /** The shard is stopped. */
  | 'stopped';

export class GatewayError extends Error {
  constructor(
    readonly code: GatewayErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'GatewayError';
  }
}
