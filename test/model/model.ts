import {
  type Command,
  type CommandHeader,
  type DecodedCommand,
  type Event,
  type Givens,
  moduleOf,
  type Origin,
  type Reading,
} from '@holdfast/events';
import { messageSets } from '@holdfast/events/modules';
import { testModules } from '../modules.js';
import type { ModuleView, Query, Rules } from './module.js';

/*
 * What the service must do, told a second time and as simply as possible: a few maps, one command after the other, no
 * log, no epochs, no speculation, and nothing of the core. The checks hold the events of every accepted group against
 * what this says.
 */

/** A command as it stands in the log, or why it cannot be decoded. */
export type Stood = DecodedCommand<Command> | { undecodable: string };

/** A question to one of the modules. */
export interface Question {
  module: string;
  query: Query;
}

/** What there is, of every module. */
export class View {
  constructor(private readonly parts: ReadonlyMap<string, ModuleView>) {}

  of(module: string): ModuleView {
    return this.parts.get(module)!;
  }

  answer({ module, query }: Question): unknown {
    return this.of(module).answer(query);
  }
}

/** The level that each module came with. */
const sinceOf = new Map<string, number>(messageSets.map(({ name, since }) => [name, since]));

type Outcome = (fields: object) => Event;
type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>;
type Saw = { sinceMs: number; until: number };

export class Model {
  readonly #modules: ReadonlyMap<string, Rules>;
  #time = 0;
  /** What of it is proven to have passed. */
  #settled = 0;
  /** By name; the one heard last comes last. */
  #tickers = new Map<string, { boot: string; position: number; settled: number }>();
  #marked = 0;
  #sequence = 0;
  #commandLog = '';
  #level = 1;
  #remembered = new Map<string, { digest: string; sequence: number; time: number }>();

  constructor(givens: Givens) {
    this.#modules = new Map(testModules.map(({ name, rules }) => [name, rules(givens[name])]));
  }

  /** What is to be seen now. It does not change afterwards. */
  view(): View {
    return new View(new Map([...this.#modules].map(([name, rules]) => [name, rules.view()])));
  }

  /** The events that must stand in the log for this command; none where it must leave no trace. */
  step(position: number, appendTime: number, stood: Stood): Event[] {
    const tick = 'command' in stood && stood.command.type === 'engine.Tick' ? stood.command : null;
    const events = this.#passTime(position, appendTime, tick?.reading ?? null);
    return this.#outcome(position, stood, events);
  }

  #outcome(position: number, stood: Stood, events: Event[]): Event[] {
    // The rule that comes with a level holds from the next command on, and so does the form of outcomes.
    const settled = this.#level < 4 ? 0 : this.#settled;
    const answer = this.#answer(position, stood, events);
    if (answer.length > 0) Object.assign(answer.at(-1)!, { settled });
    events.push(...answer);
    this.#sequence += events.length;
    if (events.length > 0) this.#marked = this.#time;
    if ('undecodable' in stood || stood.command.type.startsWith('engine.')) return events;
    const { header, digest } = stood;
    if (!this.#isKnown(header) && events.at(-1)!.type === 'engine.RequestDecided') {
      this.#remembered.set(header.id, { digest, sequence: this.#sequence, time: this.#time });
    }
    return events;
  }

  /** The same where the log lost the commands from one position up to and with another: log time stands still. */
  lose({ from, to }: { from: number; to: number }): Event[] {
    const which = from === to ? `command ${from} was` : `commands ${from} to ${to} were`;
    // Time stands still: this is no command that anybody appended.
    return this.#outcome(to, { undecodable: `${which} removed from the log before a decision` }, []);
  }

  #answer(position: number, stood: Stood, before: Event[]): Event[] {
    const outcome = (fields: object): Event => ({
      type: 'engine.RequestDecided',
      command: 'undecodable' in stood ? '' : stood.command.type,
      status: 'accepted',
      total: 0,
      reason: null,
      digest: 'undecodable' in stood ? '' : stood.digest,
      keyed: 'undecodable' in stood ? false : stood.header.keyed,
      origin: 'undecodable' in stood ? null : originOf(stood.header),
      ...fields,
    });
    if ('undecodable' in stood) return [outcome({ status: 'failed', reason: stood.undecodable })];
    const { header, command, digest } = stood;
    if (command.type === 'engine.Tick') {
      const silent = before.length === 0 && !command.barrier && this.#time - this.#marked < 60_000;
      return silent ? [] : [outcome({})];
    }
    if (command.type === 'engine.CommandLogStarted') return this.#begin(command, position, outcome);
    if (command.type === 'engine.LevelRaiseRequested') return this.#raise(command, outcome);
    if (this.#isKnown(header)) {
      const { digest: first, sequence } = this.#remembered.get(header.id)!;
      if (first !== digest) return [outcome({ status: 'conflict' })];
      return [{ type: 'engine.Repeated', originalSequence: sequence, digest, origin: originOf(header) }];
    }
    // Commands of a test's own say themselves why they must fail.
    if ('mustFail' in command) return [outcome({ status: 'failed', reason: command.mustFail })];
    const since = sinceOf.get(moduleOf(command.type))!;
    if (this.#level < since) {
      return [outcome({ status: 'refused', reason: `it needs level ${since} of the log, which has ${this.#level}` })];
    }
    const module = this.#modules.get(moduleOf(command.type))!;
    const asked = { id: `${header.id}.${position}`, time: this.#time, level: this.#level };
    const { events, refused, total, reason } = module.decide(command, asked);
    events.forEach((event, n) => {
      module.apply(event, this.#sequence + before.length + n + 1);
    });
    return [...events, outcome({ status: refused ? 'refused' : 'accepted', total, reason: refused ? reason : null })];
  }

  #isKnown({ id, keyed }: { id: string; keyed: boolean }): boolean {
    const known = this.#remembered.get(id);
    return known !== undefined && this.#time - known.time < (keyed ? 86_400_000 : 600_000);
  }

  /** Moves time on, and with it leases, and ends those that are due. SPEC rule 10. */
  #passTime(position: number, appendTime: number, reading: Reading | null): Event[] {
    const deaf = this.#level < 4 || this.#tickers.size === 0;
    const ticker = deaf || reading === null ? null : this.#sawBy(reading);
    const byMs = deaf ? this.#passBySilence(appendTime) : this.#passByTickers(appendTime, ticker?.until ?? null);
    const passed = this.#moveLeases(byMs, appendTime - byMs);
    return [...passed, ...(this.#level < 4 || reading === null ? [] : this.#hear(position, reading, ticker))];
  }

  /** Moves by so much what would end by itself, and ends what is due; `before` is log time until now. */
  #moveLeases(byMs: number, before: number): Event[] {
    for (const ticker of this.#tickers.values()) ticker.settled += byMs;
    const atOnce = this.#level >= 4;
    const events: Event[] = atOnce && byMs !== 0 ? [{ type: 'engine.TimeShifted', byMs }] : [];
    for (const rules of this.#modules.values()) {
      if (atOnce && byMs !== 0) rules.shift(byMs);
      const apply = (passed: Event[]) => {
        for (const event of passed) rules.apply(event, null);
        events.push(...passed);
      };
      if (!atOnce && byMs !== 0) apply(rules.moved(before, byMs));
      apply(rules.ended(this.#time));
    }
    return events;
  }

  /** All of log time passes, but for what the log was silent for. */
  #passBySilence(appendTime: number): number {
    const step = appendTime - this.#time;
    const jump = this.#time > 0 && Math.abs(step) > 10_000;
    this.#time = jump ? appendTime : Math.max(this.#time, appendTime);
    this.#settled = this.#time;
    return jump ? step : 0;
  }

  /** A second of log time may pass without proof. `saw`: up to when a ticker saw time pass. */
  #passByTickers(appendTime: number, saw: number | null): number {
    const before = this.#settled;
    if (saw !== null && saw > before && appendTime > before) {
      this.#settled = [saw, appendTime, before + 1_000].sort((a, b) => a - b)[0]!;
    }
    const differs = appendTime - this.#settled;
    const step = saw !== null && (this.#settled > before ? differs >= 500 : differs <= -500);
    if (step || differs > 10_000 || differs < -10_000) {
      this.#time = appendTime;
      this.#settled = appendTime;
      return differs;
    }
    if (appendTime > this.#time) this.#time = Math.min(appendTime, this.#settled + 1_000);
    if (this.#time < this.#settled) this.#time = this.#settled;
    return 0;
  }

  /** What a ticker saw pass since the tick of its that is remembered; null: it tells nothing. */
  #sawBy({ ticker, boot, ms, last }: Reading): Saw | null {
    const known = this.#tickers.get(ticker);
    if (known?.boot !== boot || last?.position !== known.position || ms < last.ms) return null;
    return { sinceMs: ms - last.ms, until: known.settled + ms - last.ms };
  }

  #hear(position: number, { ticker, boot }: Reading, saw: Saw | null): Event[] {
    const known = this.#tickers.get(ticker);
    let heard = { boot, position, settled: this.#settled };
    if (known?.boot === boot) {
      if (saw === null) return [];
      // All has moved since then, and so has what is remembered.
      const ahead = known.settled + saw.sinceMs - this.#settled;
      if (ahead >= -500 && ahead <= 100) return [];
      if (ahead > 100) heard = { ...known, settled: known.settled - ahead };
    }
    this.#tickers.delete(ticker);
    this.#tickers.set(ticker, heard);
    if (this.#tickers.size > 64) this.#tickers.delete([...this.#tickers.keys()][0]!);
    return [{ type: 'engine.TickerHeard', ticker, ...heard }];
  }

  /** Ids never change in a run: what contradicts the recorded ones is for tests of its own. */
  #raise({ level, schemas }: CommandOf<'engine.LevelRaiseRequested'>, out: Outcome): Event[] {
    if (level <= this.#level) return [out({ status: 'refused', reason: `the log has level ${this.#level}` })];
    this.#level = level;
    return [{ type: 'engine.LevelRaised', level }, { type: 'engine.SchemasRecorded', schemas }, out({})];
  }

  #begin(begun: CommandOf<'engine.CommandLogStarted'>, position: number, out: Outcome) {
    const { domains, secretFingerprint, logId } = begun;
    if (position !== 0) return [out({ status: 'refused', reason: 'the command log has begun already' })];
    const attached: Event = { type: 'engine.CommandLogAttached', logId };
    const isNew = this.#commandLog === '';
    this.#commandLog = logId;
    this.#tickers.clear();
    if (!isNew) return [attached, out({})];
    const raised =
      begun.level > this.#level ? this.#raise({ ...begun, type: 'engine.LevelRaiseRequested' }, out) : [out({})];
    return [{ type: 'engine.ShardOpened', domains, secretFingerprint } as Event, attached, ...raised];
  }
}

function originOf({ actor, reason, idempotencyKey, traceparent }: CommandHeader): Origin {
  return { actor, reason, idempotencyKey, traceparent };
}
