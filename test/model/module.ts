import type { Command, Event } from '@holdfast/events';

/** What a command of a module comes to. */
export interface Decided {
  events: Event[];
  refused: boolean;
  /** How much the command addressed. */
  total: number;
  /** Why it is refused, or a part of it; null: nothing is. */
  reason: string | null;
}

/** Where and when a command is decided. */
export interface Asked {
  /** Names the decision, as no other one is named. */
  id: string;
  /** Log time, milliseconds since 1970. */
  time: number;
  /** Of the log. */
  level: number;
}

/** A module's rules, told a second time and as simply as possible, with nothing of the core. */
export interface Rules {
  decide(command: Command, asked: Asked): Decided;
  /** `sequence` is that of the event; null of what only time did. */
  apply(event: Event, sequence: number | null): void;
  /** Below level 4: the events that move whatever was to end by itself after `before`. */
  moved(before: number, byMs: number): Event[];
  /** From level 4 on it moves without an event of the module. */
  shift(byMs: number): void;
  /** The events that end what is due. */
  ended(time: number): Event[];
  /** What is to be seen now. It does not change afterwards. */
  view(): ModuleView;
}

/** What there is of one module, as the model tells it. */
export interface ModuleView {
  /** What a read of that moment must answer, in the shape in which the read model does. */
  answer(query: Query): unknown;
}

/** A question to the read model, in whatever form its module gives it. */
export interface Query {
  /** What it is called in a history. */
  of: string;
}
