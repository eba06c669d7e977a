import type { Event } from '@holdfast/events';
import type { ModuleView } from '../model/module.js';
import type { Random } from '../simulation/random.js';
import type { Reply } from './http.js';
import type { Read } from './observations.js';

/** What a module brings to the runs with real faults. */
export interface ChaosPart {
  name: string;
  /** Fills a new service with what clients ask for. */
  begin(url: string): Promise<void>;
  /** One client; many are at work at once. */
  caller(random: Random): ChaosCaller;
  /** A reading of all that there is. */
  whole: Reading;
  /** What changes nothing, and is refused with 400. */
  nothing: Wanted;
  /** An answer to a change, as a short text. Throws where it contradicts itself. */
  answerText(status: number, body: Reply['body']): string;
  /** The same text of what the log says: of the events of a group that was accepted or refused. */
  expectedAnswer(events: readonly Event[]): string;
  /** What readings are called, and how it was held against the model. Each must come in every run. */
  readings: readonly string[];
  histories(): ModuleHistories;
}

/** A change to ask for. */
export interface Wanted {
  path: string;
  body: object;
  /** For how long it wants to hold something, at least; null: it does not, or for ever. */
  leaseMs: number | null;
}

/** A linearizable read. */
export interface Reading {
  path: string;
  body: object;
  /** What an answer shows; null where it is none. */
  seen(status: number, body: Reply['body']): { of: string } | null;
}

export interface ChaosCaller {
  next(): Wanted;
  /** Hears the body of an answer to what it asked for. */
  learn(body: Reply['body']): void;
  /** Now and then something to read instead of a change; null: not now. */
  reading(): Reading | null;
}

/** What every resource was at every moment, which is a sequence. */
export interface ModuleHistories {
  /** `view` is what there is after these events, by the model. */
  take(sequence: number, events: readonly Event[], view: ModuleView): void;
  /** What must have been so at one moment for the read to be right. */
  wantedBy(read: Read): Wish[];
  /** How a resource was at a moment; for messages. */
  at(resource: string, moment: number): string;
}

export interface Wish {
  resource: string;
  /** The first moment at or after this one at which it was as wanted, or null. */
  firstFrom(moment: number): number | null;
}
