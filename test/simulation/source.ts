import { type Command, type Event, moduleOf } from '@holdfast/events';
import type { Question } from '../model/model.js';
import { testModules } from '../modules.js';
import { type AnyCommand, unwritable } from './messages.js';
import type { Caller } from './module.js';
import type { Random } from './random.js';

/** Over what a record of the log may hold. */
const tooMany = 20_000;

/** Makes commands and questions of every module, each in proportion to its weight. */
export class CommandSource {
  readonly #each;
  readonly #sum: number;

  constructor(private readonly random: Random) {
    this.#each = testModules.map(({ name, simulation: { weight, traffic } }) => {
      return { name, weight, traffic: traffic(random) };
    });
    this.#sum = this.#each.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** The requests that give everybody else something to ask for. */
  beginning(): Command[] {
    return this.#each.flatMap(({ traffic }) => traffic.beginning());
  }

  question(): Question {
    const { name, traffic } = this.#pick();
    return { module: name, query: traffic.query() };
  }

  /** What a client of its own asks for. */
  caller(): Caller {
    const callers = new Map(this.#each.map(({ name, traffic }) => [name, traffic.caller()]));
    return {
      next: () => callers.get(this.#pick().name)!.next(),
      learn: (event: Event, sendAbout) => callers.get(moduleOf(event.type))?.learn(event, sendAbout),
    };
  }

  failing(): AnyCommand {
    const cannot = this.random.chance(0.5);
    return { type: 'fault.FailureRequested', mustFail: cannot ? unwritable : 'a bug', unwritable: cannot };
  }

  /** A command that no broker takes. */
  tooLarge(): AnyCommand {
    return { type: 'fault.FailureRequested', mustFail: 'x'.repeat(tooMany), unwritable: false };
  }

  /** The last of the list come first, so that the schedules of a seed are what they were. */
  #pick() {
    let at = this.random.next() * this.#sum;
    const found = this.#each.findLast(({ weight }) => {
      at -= weight;
      return at < 0;
    });
    return found ?? this.#each[0]!;
  }
}
