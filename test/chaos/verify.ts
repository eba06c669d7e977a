import { isDeepStrictEqual } from 'node:util';
import { type Event, type Givens, moduleOf } from '@holdfast/events';
import { claim } from '../model/claim.js';
import { holders } from '../model/holders.js';
import { Model } from '../model/model.js';
import type { Step } from './history.js';
import { LeasePromises } from './lease-promises.js';
import type { Conflict, Observation, Read, Write } from './observations.js';
import { inRealTimeOrder } from './order.js';
import { chaosParts } from './parts.js';
import { readsAreLinearizable } from './reads.js';

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
  holdsBegun: number;
  leasesRenewed: number;
  leasesExpired: number;
  /** By what they were of. */
  reads: Record<string, number>;
}

/**
 * Holds a history against the model, and what clients saw against the history. Throws Violation where a promise is
 * broken: every command is decided once and as the model says; every answer, and every request acknowledged, is in the
 * log; answers and reads are in real-time order; no lease ended early; no component had two holders.
 *
 * Memory grows with the number of requests, not with the size of the fleet.
 */
export async function verify(
  steps: AsyncIterable<Step>,
  observations: AsyncIterable<Observation>,
  givens: Givens,
): Promise<Verified> {
  const seen = await collect(observations);
  const verifier = new Verifier(seen, givens);
  for await (const step of steps) verifier.take(step);
  verifier.end();
  inRealTimeOrder(seen.writes);
  for (const [module, histories] of verifier.histories) {
    const own = seen.reads.filter((read) => read.module === module);
    readsAreLinearizable(own, seen.writes, histories);
  }
  return verifier.verified;
}

interface Seen {
  writes: Write[];
  byId: Map<string, Write>;
  conflicts: Map<number, Conflict>;
  reads: Read[];
}

async function collect(observations: AsyncIterable<Observation>): Promise<Seen> {
  const seen: Seen = { writes: [], byId: new Map(), conflicts: new Map(), reads: [] };
  for await (const each of observations) {
    if (each.kind === 'read') seen.reads.push(each);
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
  readonly histories = new Map(chaosParts.map(({ name, histories }) => [name, histories()]));
  readonly verified: Verified;
  #model: Model;
  #promises = new LeasePromises();
  #decided = new Set<string>();
  #conflicts = new Set<number>();

  constructor(
    private readonly seen: Seen,
    givens: Givens,
  ) {
    this.#model = new Model(givens);
    this.verified = {
      commands: 0,
      events: 0,
      answers: seen.writes.length,
      acknowledged: seen.writes.filter(({ acknowledged }) => acknowledged !== null).length,
      repeats: 0,
      conflicts: 0,
      holdsBegun: 0,
      leasesRenewed: 0,
      leasesExpired: 0,
      reads: countReads(seen.reads),
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
    const view = this.#model.view();
    for (const [module, histories] of this.histories) histories.take(group.sequence, events, view.of(module));
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
    const part = chaosParts.find(({ name }) => name === moduleOf(outcome.command));
    claim(part !== undefined, `request ${id} is ${outcome.command}, which nobody asks for`);
    const answer = part.expectedAnswer(events);
    claim(write.answer === answer, `request ${id} was answered '${write.answer}', but the log says '${answer}'`);
  }

  #count(events: readonly Event[]): void {
    for (const event of events) {
      for (const { changeOf } of holders) {
        const is = changeOf(event)?.is;
        if (is === 'begun') this.verified.holdsBegun++;
        else if (is === 'renewed') this.verified.leasesRenewed++;
        else if (is === 'expired') this.verified.leasesExpired++;
      }
    }
  }
}

/** Also of what did not come. */
function countReads(reads: readonly Read[]): Record<string, number> {
  const counts = Object.fromEntries(chaosParts.flatMap(({ readings }) => readings.map((of) => [of, 0])));
  for (const { seen } of reads) counts[seen.of] = (counts[seen.of] ?? 0) + 1;
  return counts;
}

/** Events as JSON, as far as one wants to read them. */
function brief(events: readonly Event[]): string {
  const text = JSON.stringify(events);
  return text.length > 2_000 ? `${text.slice(0, 2_000)}...` : text;
}
