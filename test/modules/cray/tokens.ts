import type { Event } from '@holdfast/events';
import type { Group } from '@holdfast/log';
import type { StatusAnswer } from '@holdfast/projections/cray/port';
import { claim } from '../../model/claim.js';
import type { Observation } from '../../simulation/workload.js';

/** A hold, by whom and of what: a reservation's id, or that it is a lock. */
type Hold = string;

/**
 * Fencing tokens, read off the events and the reads, without the model: who holds a component later has a higher one
 * than all before; a renewal says that of its own hold, and thus never one above that of the present holder; and no
 * read shows any other.
 */
export function tokensGrow(groups: readonly Group[], observed: readonly Observation[]): void {
  const tokens = new Tokens();
  for (const { events } of groups) for (const { event, stamp } of events) tokens.take(event, stamp.sequence);
  for (const seen of observed) {
    if (seen.kind !== 'read' || seen.question.module !== 'cray' || seen.question.query.of !== 'status') continue;
    const { components } = seen.answer as StatusAnswer;
    for (const { xname, lockToken, reservation } of components) {
      if (lockToken !== null) tokens.shown(xname, 'lock', lockToken, seen.answered);
      if (reservation !== null) tokens.shown(xname, reservation.reservationId, reservation.token, seen.answered);
    }
  }
}

class Tokens {
  #level = 1;
  /** The highest that a hold of a component began with. */
  #highest = new Map<string, number>();
  /** Those that each hold of a component began with: a lock may come again. */
  #begun = new Map<string, Set<number>>();

  take(event: Event, sequence: number): void {
    if (event.type === 'engine.LevelRaised') this.#level = event.level;
    if (event.type === 'cray.ComponentLocked') this.#begin(event.xname, 'lock', sequence);
    if (event.type === 'cray.ReservationCreated') this.#begin(event.xname, event.reservationId, sequence);
    if (event.type !== 'cray.ReservationRenewed') return;
    const { xname, reservationId, fencingToken } = event;
    claim(
      (fencingToken !== null) === this.#level >= 4,
      `the renewal ${sequence} at level ${this.#level} says ${fencingToken}`,
    );
    if (fencingToken === null) return;
    const present = this.#highest.get(xname);
    const what = `the renewal ${sequence} of ${reservationId} on ${xname} says ${fencingToken}, and who holds it has ${present}`;
    claim(fencingToken === present && this.#is(xname, reservationId, fencingToken), what);
  }

  shown(xname: string, hold: Hold, token: number, time: number): void {
    claim(this.#is(xname, hold, token), `a read shows the token ${token} of ${hold} on ${xname}`, { time });
  }

  #begin(xname: string, hold: Hold, token: number): void {
    const before = this.#highest.get(xname) ?? 0;
    claim(token > before, `${hold} on ${xname} has the token ${token}, and one before it had ${before}`);
    this.#highest.set(xname, token);
    const name = `${hold} ${xname}`;
    this.#begun.set(name, (this.#begun.get(name) ?? new Set()).add(token));
  }

  #is(xname: string, hold: Hold, token: number): boolean {
    return this.#begun.get(`${hold} ${xname}`)?.has(token) ?? false;
  }
}
