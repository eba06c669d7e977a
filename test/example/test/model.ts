import type { ExampleCommand, ExampleEvent, ExampleReason } from '@holdfast/events/example/messages';
import type { ClaimRow } from '@holdfast/projections/example/port';
import type { Asked, Decided, ModuleView, Rules } from '../../model/module.js';

/** The rules of instruments, told a second time: a map of what is claimed. */
export class ExampleRules implements Rules {
  readonly #claims = new Map<string, ClaimRow>();

  decide(given: unknown, { id, time }: Asked): Decided {
    const command = given as ExampleCommand;
    const { instrument } = command;
    const held = this.#claims.get(instrument);
    if (command.type === 'example.ClaimRequested') {
      if (held !== undefined) return refused(instrument, 'Taken');
      const { durationMs } = command;
      return done({ type: 'example.Claimed', instrument, claim: id, durationMs, expiresAt: time + durationMs });
    }
    if (held === undefined || held.claim !== command.claim) return refused(instrument, 'NotYours');
    return done({ type: 'example.Returned', instrument, claim: held.claim });
  }

  apply(given: unknown): void {
    const event = given as ExampleEvent;
    const { instrument } = event;
    if (event.type === 'example.Returned' || event.type === 'example.ClaimExpired') this.#claims.delete(instrument);
    if (event.type !== 'example.Claimed') return;
    const { claim, expiresAt } = event;
    this.#claims.set(instrument, { instrument, claim, expiresAt });
  }

  /** Below level 4 only, where nothing is claimed yet. */
  moved(): never[] {
    return [];
  }

  shift(byMs: number): void {
    for (const row of this.#sorted()) {
      this.#claims.set(row.instrument, { ...row, expiresAt: row.expiresAt + byMs });
    }
  }

  ended(time: number): never[] {
    const due = this.#sorted().filter(({ expiresAt }) => expiresAt <= time);
    return events(due.map(({ instrument, claim }) => ({ type: 'example.ClaimExpired', instrument, claim })));
  }

  view(): ModuleView {
    const claims = this.#sorted();
    return { answer: () => claims };
  }

  #sorted(): ClaimRow[] {
    return [...this.#claims.values()].sort((a, b) => (a.instrument < b.instrument ? -1 : 1));
  }
}

function done(event: ExampleEvent): Decided {
  return { events: events([event]), refused: false, total: 1, reason: null };
}

function refused(instrument: string, reason: ExampleReason): Decided {
  return { events: events([{ type: 'example.ClaimRefused', instrument, reason }]), refused: true, total: 1, reason };
}

/** Of a module that is in no list yet: its events are not among those that there are. */
function events(all: ExampleEvent[]): never[] {
  return all as never[];
}
