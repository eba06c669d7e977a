import type { Steps } from '@holdfast/events/steps';

/**
 * How a module decides: `decide` says what a command makes happen, `evolve` what the state is afterwards. All of it is
 * pure and synchronous: no clock, no randomness, no I/O.
 */
export interface Decider<Command, State, Event> {
  initial: State;
  decide(command: Command, state: State, context: DecisionContext): Decision<Event>;
  /** The same decision, made in steps; null: none of its commands names many things. */
  readonly decideInSteps: ((command: Command, state: State, context: DecisionContext) => Steps<Decision<Event>>) | null;
  /**
   * `sequence` is the event's own in the log. It is null where the event is folded ahead, before it has one, as those
   * of `expire` and `shiftLeases` are, which begin no hold.
   */
  evolve(state: State, event: Event, sequence: number | null): State;
}

/** What `decide` may know besides command and state. */
export interface DecisionContext {
  /** Log time in milliseconds since 1970. SPEC rule 10. */
  now: number;
  /** Id and position of the command, so that what it creates can be named. */
  commandId: string;
  commandPosition: number;
  /** Of the log, as this command finds it: a rule that came with a later level does not hold yet. SPEC rule 13. */
  level: number;
}

/** Refusals are values. `events` come in the order in which the answer lists them. */
export type Decision<Event> = Accepted<Event> | Refused<Event>;

interface DecidedEvents<Event> {
  events: Event[];
  /** How many things were addressed. */
  total: number;
}

export interface Accepted<Event> extends DecidedEvents<Event> {
  status: 'accepted';
  reason?: never;
}

export interface Refused<Event> extends DecidedEvents<Event> {
  status: 'refused';
  /** That of the first refusal. */
  reason: string;
}

/**
 * The same with leases: what ends by itself, and what moves where the command log was silent, or its clock stepped.
 * SPEC rule 10.
 */
export interface LeasingDecider<Command, State, Event> extends Decider<Command, State, Event> {
  /** Ends every lease due at `now`. */
  expire(state: State, now: number): Event[];
  /** The same in steps; null: there are never many that are due at once. */
  readonly expireInSteps: ((state: State, now: number) => Steps<Event[]>) | null;
  /** Moves every lease alive at `aliveAt` by `byMs` (negative when time stepped back). */
  shiftLeases(state: State, aliveAt: number, byMs: number): Event[];
  /** The same in steps; null: there are never many. */
  readonly shiftLeasesInSteps: ((state: State, aliveAt: number, byMs: number) => Steps<Event[]>) | null;
  /**
   * The state with every lease moved by `byMs`: what engine.TimeShifted means to it. In no more than a moment, however
   * many there are.
   */
  shift(state: State, byMs: number): State;
}

/**
 * How a state is kept outside the process and found again, so that recovery need not fold all that ever happened.
 */
export interface SnapshotForm<State> {
  /**
   * Raised with each change to what `save` gives, or to what `evolve` makes of events: states kept before are then no
   * use.
   */
  readonly snapshotVersion: number;
  /**
   * The state in pieces, each a plain value as JSON knows it. Lazy: states are immutable, so others may go on
   * meanwhile.
   */
  save(state: State): Iterable<unknown>;
  restorer(): Restorer<State>;
}

/** Takes the pieces in the order in which `save` gave them. Either may throw on what `save` never gave. */
export interface Restorer<State> {
  take(piece: unknown): void;
  state(): State;
}
