import type { CrayCommand } from '@holdfast/events';
import type { DecisionContext } from '../decider.js';
import { decide } from './decide.js';
import { type KeyHashes, reservationIdOf } from './rules.js';
import type { CrayState } from './state.js';

/** Hashes made in one step: some milliseconds. */
const hashesPerStep = 1_000;

type Hashes = ReturnType<KeyHashes>;

/** Hashes of keys, of which those of one large reservation are made ahead. What is not there is made when it is asked for, to the same. */
export class PreparedHashes {
  #reservationId = '';
  #made = new Map<string, Hashes>();

  constructor(private readonly make: KeyHashes) {}

  readonly hashes: KeyHashes = (reservationId, xname) => {
    const made = reservationId === this.#reservationId ? this.#made.get(xname) : undefined;
    return made ?? this.make(reservationId, xname);
  };

  /** Of what the command would reserve in this state: none where it would be refused. Only of a command that names many. */
  *prepare(command: CrayCommand, state: CrayState, context: DecisionContext): Generator<void, void> {
    this.#made = new Map();
    if (command.type !== 'cray.ReservationRequested' || command.selection.ids.length <= hashesPerStep) return;
    const reservationId = reservationIdOf(context.commandId, context.commandPosition);
    const { events } = decide(command, state, context, () => unmade);
    yield;
    const made = new Map<string, Hashes>();
    this.#reservationId = reservationId;
    this.#made = made;
    for (const event of events) {
      if (event.type !== 'cray.ReservationCreated') continue;
      made.set(event.xname, this.make(reservationId, event.xname));
      if (made.size % hashesPerStep === 0) yield;
    }
  }
}

const unmade: Hashes = { reservationKeyHash: '', deputyKeyHash: '' };
