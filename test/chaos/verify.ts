import { isDeepStrictEqual } from 'node:util';
import type { Event } from '@holdfast/events';
import { claim } from '../model/explain.js';
import { type KeyHashes, Model } from '../model/model.js';
import { ComponentHistories } from './component-histories.js';
import type { Step } from './history.js';
import { LeasePromises } from './lease-promises.js';
import type { Conflict, KeyCheck, Observation, StatusRead, Write } from './observations.js';
import { inRealTimeOrder } from './order.js';
import { readsAreLinearizable } from './reads.js';
import { expectedAnswer } from './texts.js';

/** What was held against what. */
export interface Verified {
  commands: number;
  events: number;
  /** Requests with an answer. */
  answers: number;
  /** Of these, told by 202 first. */
  acknowledged: number;
  repeats: number;
  conflicts: number;
  statusReads: number;
  keyChecks: number;
  reservationsCreated: number;
  leasesRenewed: number;
  leasesExpired: number;
}

/**
 * Holds a history against the model, and what clients saw against the history. Throws Violation where a promise is broken:
 * every command is decided once and as the model says; every answer, and every request acknowledged, is in the log; answers
 * and reads are in real-time order; no lease ended early; no component had two holders.
 *
 * Memory grows with the number of requests, not with the size of the fleet.
 */
export async function verify(
  steps: AsyncIterable<Step>,
  observations: AsyncIterable<Observation>,
  keyHashes: KeyHashes,
): Promise<Verified> {
  const seen = await collect(observations);
  const verifier = new Verifier(seen, keyHashes);
  for await (const step of steps) verifier.take(step);
  verifier.end();
  inRealTimeOrder(seen.writes);
  readsAreLinearizable([...seen.statuses, ...seen.checks], seen.writes, verifier.histories);
  return verifier.verified;
}

interface Seen {
  writes: Write[];
  byId: Map<string, Write>;
  conflicts: Map<number, Conflict>;
  statuses: StatusRead[];
  checks: KeyCheck[];
}

async function collect(observations: AsyncIterable<Observation>): Promise<Seen> {
  const seen: Seen = { writes: [], byId: new Map(), conflicts: new Map(), statuses: [], checks: [] };
  for await (const each of observations) {
    if (each.kind === 'status') seen.statuses.push(each);
    else if (each.kind === 'check') seen.checks.push(each);
    else if (each.kind === 'conflict') seen.conflicts.set(each.sequence, each);
    else {
      claim(!seen.byId.has(each.id), `two clients were answered as request ${each.id}`);
      seen.writes.push(each);
      seen.byId.set(each.id, each);
    }
  }
  return seen;
}

class Verifier {
  readonly histories = new ComponentHistories();
  readonly verified: Verified;
  #model: Model;
  #promises = new LeasePromises();
  #decided = new Set<string>();
  #conflicts = new Set<number>();

  constructor(
    private readonly seen: Seen,
    keyHashes: KeyHashes,
  ) {
    this.#model = new Model(keyHashes);
    this.verified = {
      commands: 0,
      events: 0,
      answers: seen.writes.length,
      acknowledged: seen.writes.filter(({ acknowledged }) => acknowledged !== null).length,
      repeats: 0,
      conflicts: 0,
      statusReads: seen.statuses.length,
      keyChecks: seen.checks.length,
      reservationsCreated: 0,
      leasesRenewed: 0,
      leasesExpired: 0,
    };
  }

  take({ position, appendTime, command, group }: Step): void {
    const { verified } = this;
    const expected = this.#model.step(position, appendTime, command);
    const events = group?.events ?? [];
    // Without the classes that a codec gives its values.
    const same = isDeepStrictEqual(JSON.parse(JSON.stringify(events)), JSON.parse(JSON.stringify(expected)));
    claim(same, same ? '' : `command ${position}: the log says ${brief(events)}, the model ${brief(expected)}`);
    verified.commands++;
    if (group === null) return;
    verified.events += events.length;
    this.#outcome(command.header.id, command.header.keyed, events, group.sequence);
    this.#promises.take(appendTime, group, this.seen.byId.get(command.header.id) ?? null);
    const { components } = this.#model.view();
    this.histories.take(group.sequence, events, (xname) => components.get(xname));
    this.#count(events);
  }

  /** After the last command. */
  end(): void {
    for (const { id, acknowledged } of this.seen.writes) {
      const how = acknowledged === null ? 'answered' : 'acknowledged with 202';
      claim(this.#decided.has(id), `request ${id} was ${how}, and is lost: no command in the log has it`);
    }
    for (const { id, sequence } of this.seen.conflicts.values()) {
      claim(this.#conflicts.has(sequence), `the refusal of ${id} at ${sequence} is not in the log`);
    }
  }

  #outcome(id: string, keyed: boolean, events: readonly Event[], sequence: number): void {
    const outcome = events.at(-1)!;
    if (outcome.type === 'engine.Repeated') this.verified.repeats++;
    if (outcome.type !== 'engine.RequestDecided' || !keyed) return;
    if (outcome.status === 'conflict') {
      this.#conflicts.add(sequence);
      this.verified.conflicts++;
      return;
    }
    claim(!this.#decided.has(id), `request ${id} was decided twice, the second time at ${sequence}`);
    this.#decided.add(id);
    const write = this.seen.byId.get(id);
    claim(write !== undefined, `request ${id} was decided at ${sequence}, and no client knows of it`);
    claim(write.sequence === sequence, `request ${id} was decided at ${sequence}, but answered as ${write.sequence}`);
    const answer = expectedAnswer(events);
    claim(write.answer === answer, `request ${id} was answered '${write.answer}', but the log says '${answer}'`);
  }

  #count(events: readonly Event[]): void {
    for (const { type } of events) {
      if (type === 'cray.ReservationCreated') this.verified.reservationsCreated++;
      else if (type === 'cray.ReservationRenewed') this.verified.leasesRenewed++;
      else if (type === 'cray.ReservationExpired') this.verified.leasesExpired++;
    }
  }
}

/** Events as JSON, as far as one wants to read them. */
function brief(events: readonly Event[]): string {
  const text = JSON.stringify(events);
  return text.length > 2_000 ? `${text.slice(0, 2_000)}...` : text;
}
