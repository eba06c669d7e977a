import type {
  Command,
  CommandHeader,
  DecodedCommand,
  EngineCommand,
  Event,
  Origin,
  OutcomeEvent,
  RecordedSchema,
  RequestDecided,
} from '@holdfast/events';
import { atOnce, itemsPerStep, type Steps } from '@holdfast/events/steps';
import type { Decision, DecisionContext, LeasingDecider, Restorer, SnapshotForm } from './decider.js';
import { domainOf, moduleOf, moduleOfDomain } from './domains.js';
import { firstLevel, raiseLevel } from './level.js';
import { coreLimits } from './limits.js';
import {
  type LogTime,
  momentOf,
  type RememberedTicker,
  settlingLevel,
  shifted as shiftedTickers,
  withHeard,
} from './log-time.js';
import { nothingRemembered, type RequestMemory, recall, remember } from './request-memory.js';
import { saveShard, shardRestorer, snapshotVersions } from './shard-snapshot.js';

/**
 * The decider of a whole shard: what every module shares. It keeps log time (SPEC rule 10), remembers requests (rule
 * 11), turns what cannot be decoded or decided into an outcome (rule 3), and hands the rest to the module that the
 * command's type names. It knows no module: they come as an argument.
 */
export interface ShardState {
  /** Empty until ShardOpened. */
  secretFingerprint: string;
  domains: readonly string[];
  /** The command log that positions belong to; empty before the first. */
  commandLog: string;
  /** Which rules hold, and which forms are written. SPEC rule 13. */
  level: number;
  /** What the ids of the log's records mean; empty before that was recorded. */
  schemas: readonly RecordedSchema[];
  /** Log time; 0 before the first command. */
  time: number;
  /** What of that has passed for leases. SPEC rule 10. */
  settled: number;
  /** Whose readings have been heard, each as accepted events tell it. */
  tickers: readonly RememberedTicker[];
  /** Log time of the last event. */
  marked: number;
  keyed: RequestMemory;
  generated: RequestMemory;
  /** State of each domain, by its name. */
  states: Readonly<Record<string, unknown>>;
  /** The modules that have had an event: the state of one of them is never its beginning. */
  begun: readonly string[];
}

// biome-ignore lint/suspicious/noExplicitAny: the engine holds modules of any command, state and event type.
export type Module = LeasingDecider<any, any, any> & SnapshotForm<any> & { since?: number };
export type Modules = Readonly<Record<string, Module>>;

/** A command as it stands in the log, or why it could not be decoded. */
export interface Received {
  position: number;
  /** Milliseconds since 1970, by the log's clock. */
  appendTime: number;
  decoded: DecodedCommand<Command> | { undecodable: string };
  /**
   * The log lost the commands from this position up to and with `position` before they were decided: what they were
   * nobody can say. Then `decoded` says so, and `appendTime` nothing: log time stands still.
   */
  lostFrom?: number;
  /** Why a first decision on it could not be written; it then gets an outcome that says so. */
  failure?: string;
}

/** The events of one group, before they are stamped. Empty: nothing to record, only time moved on. */
export interface Verdict {
  events: Event[];
  /** Log time of the decision. */
  now: number;
  /** What of that has passed for leases. */
  settled: number;
  /** The log's level when it was made: its events have the form of that. */
  level: number;
  commandId: string;
  /** The authenticated identity, else `anonymous`; empty where the command cannot be decoded. */
  actor: string;
}

/** What is needed of an accepted or just decided group to fold it, or of a part of it. */
export interface Facts {
  events: readonly Event[];
  time: number;
  commandId: string;
  /** Sequence of the last of `events`. */
  sequence: number;
}

export interface ShardDecider {
  initial: ShardState;
  decide(received: Received, state: ShardState): Verdict;
  /** The same, made in steps. */
  decideInSteps(received: Received, state: ShardState): Steps<Verdict>;
  /** The state after a decision that left no event. */
  pass(state: ShardState, verdict: Pick<Verdict, 'now' | 'settled'>): ShardState;
  evolve(state: ShardState, facts: Facts): ShardState;
  /** As SnapshotForm, with a version for each form in it: a snapshot is of use only where all that it has are alike. */
  snapshotVersions: Readonly<Record<string, number>>;
  /**
   * Those that a snapshot may lack: a version without the module made it, and would have stopped at the module's first
   * event.
   */
  mayLack: readonly string[];
  save(state: ShardState): Iterable<unknown>;
  /** `versions`: those of the snapshot. What it gives throws where a module that it lacks has begun. */
  restorer(versions?: Readonly<Record<string, number>>): Restorer<ShardState>;
}

export function createShardDecider(modules: Modules): ShardDecider {
  const initial: ShardState = {
    secretFingerprint: '',
    domains: [],
    commandLog: '',
    level: firstLevel,
    schemas: [],
    time: 0,
    settled: 0,
    tickers: [],
    marked: 0,
    keyed: nothingRemembered,
    generated: nothingRemembered,
    states: Object.fromEntries(Object.entries(modules).map(([name, { initial }]) => [domainOf(name), initial])),
    begun: [],
  };
  return {
    initial,
    decide: (received, state) => atOnce(decideInSteps(modules, received, state)),
    decideInSteps: (received, state) => decideInSteps(modules, received, state),
    pass: (state, { now, settled }) =>
      now === state.time && settled === state.settled ? state : { ...state, time: now, settled },
    evolve: (state, facts) => evolve(modules, state, facts),
    snapshotVersions: snapshotVersions(modules),
    save: (state) => saveShard(modules, state),
    mayLack: Object.keys(modules),
    restorer: (versions) => shardRestorer(modules, versions),
  };
}

function* decideInSteps(modules: Modules, received: Received, before: ShardState): Steps<Verdict> {
  const moment = timeOf(received, before);
  const { now, settled } = moment;
  const passed: Event[] = [];
  const state = yield* letTimePass(modules, before, moment, passed);
  const told = before.level < settlingLevel ? 0 : settled;
  if ('undecodable' in received.decoded) {
    const outcome = decided({ status: 'failed', reason: received.decoded.undecodable, settled: told });
    const { position, lostFrom } = received;
    const commandId = lostFrom === undefined ? `undecodable.${position}` : lostCommandId(lostFrom, position);
    return { events: [...passed, outcome], now, settled, level: state.level, commandId, actor: '' };
  }
  const { header, command, digest } = received.decoded;
  const verdict = (events: Event[]): Verdict => ({
    events: [...passed, ...events],
    now,
    settled,
    level: state.level,
    commandId: header.id,
    actor: header.actor.authenticated ? header.actor.name : 'anonymous',
  });
  const origin = originOf(header);
  const outcomeOf = (fields: Partial<RequestDecided>) =>
    decided({ command: command.type, digest, keyed: header.keyed, origin, settled: told, ...fields });

  if (received.failure !== undefined) return verdict([outcomeOf({ status: 'failed', reason: received.failure })]);
  if (command.type === 'engine.Tick') {
    const silent = passed.length === 0 && !command.barrier && now - before.marked < coreLimits.idleMarkMs;
    return verdict(silent ? [] : [outcomeOf({})]);
  }
  if (command.type === 'engine.CommandLogStarted') return verdict(attach(command, received.position, state, outcomeOf));
  if (state.commandLog === '') {
    return verdict([outcomeOf({ status: 'failed', reason: 'the command log does not begin with CommandLogStarted' })]);
  }
  if (command.type === 'engine.LevelRaiseRequested') {
    const events = raiseLevel(state, command);
    return verdict(
      'refused' in events ? [outcomeOf({ status: 'refused', reason: events.refused })] : [...events, outcomeOf({})],
    );
  }
  const known = header.keyed
    ? recall(state.keyed, header.id, now, coreLimits.keyedMemoryMs)
    : recall(state.generated, header.id, now, coreLimits.generatedMemoryMs);
  if (known !== undefined) {
    if (known.digest !== digest) return verdict([outcomeOf({ status: 'conflict' })]);
    return verdict([{ type: 'engine.Repeated', originalSequence: known.sequence, digest, origin, settled: told }]);
  }
  const { domain } = header;
  if (!Object.hasOwn(state.states, domain) || moduleOfDomain(domain) !== moduleOf(command.type)) {
    return verdict([outcomeOf({ status: 'refused', reason: `the shard has no domain ${domain} for ${command.type}` })]);
  }
  const { level } = state;
  const { since = firstLevel } = modules[moduleOf(command.type)]!;
  if (level < since) {
    return verdict([
      outcomeOf({ status: 'refused', reason: `it needs level ${since} of the log, which has ${level}` }),
    ]);
  }
  const context: DecisionContext = { now, commandId: header.id, commandPosition: received.position, level };
  try {
    const { events, ...outcome } = yield* decideInModule(modules, command, state.states[domain], context);
    return verdict([...events, outcomeOf(outcome)]);
  } catch (error) {
    return verdict([outcomeOf({ status: 'failed', reason: error instanceof Error ? error.message : String(error) })]);
  }
}

const lostId = /^lost\.(\d+)\.(\d+)$/;

/** Names the group that records the loss of the commands from one position up to and with another. */
function lostCommandId(from: number, to: number): string {
  return `lost.${from}.${to}`;
}

/** Which commands the log lost, where a group with this command id records that; else null. */
export function lostCommands(commandId: string): { from: number; to: number } | null {
  const found = lostId.exec(commandId);
  return found === null ? null : { from: Number(found[1]), to: Number(found[2]) };
}

/** For commands that the log lost time stands still. */
function timeOf({ position, appendTime, decoded, lostFrom }: Received, before: ShardState): LogTime {
  if (lostFrom !== undefined) {
    const { time: now, settled } = before;
    return { now, settled, shiftMs: 0, heard: null };
  }
  const tick = 'command' in decoded && decoded.command.type === 'engine.Tick' ? decoded.command : null;
  return momentOf(before, { position, appendTime, reading: tick?.reading ?? null }, before.level);
}

/** Moves leases with a jump of log time, then ends what is due. Appends the events to `passed`. */
function* letTimePass(
  modules: Modules,
  before: ShardState,
  { now, shiftMs, heard }: LogTime,
  passed: Event[],
): Steps<ShardState> {
  let state = before;
  const atOnce = before.level >= settlingLevel;
  if (atOnce && shiftMs !== 0) passed.push({ type: 'engine.TimeShifted', byMs: shiftMs });
  for (const domain of Object.keys(before.states)) {
    const module = modules[moduleOfDomain(domain)]!;
    let own = state.states[domain];
    function* fold(events: Event[]): Steps<void> {
      for (const [n, event] of events.entries()) {
        if (n > 0 && n % itemsPerStep === 0) yield;
        own = module.evolve(own, event, null);
        passed.push(event);
      }
    }
    if (shiftMs !== 0 && atOnce) own = module.shift(own, shiftMs);
    else if (shiftMs !== 0) yield* fold(yield* shifted(module, own, before.time, shiftMs));
    yield* fold(yield* expired(module, own, now));
    if (own !== state.states[domain]) state = { ...state, states: { ...state.states, [domain]: own } };
  }
  if (heard !== null) passed.push(heard);
  return state;
}

function* shifted(module: Module, own: unknown, aliveAt: number, byMs: number): Steps<Event[]> {
  if (module.shiftLeasesInSteps === undefined) return module.shiftLeases(own, aliveAt, byMs);
  return yield* module.shiftLeasesInSteps(own, aliveAt, byMs);
}

function* expired(module: Module, own: unknown, now: number): Steps<Event[]> {
  return module.expireInSteps === undefined ? module.expire(own, now) : yield* module.expireInSteps(own, now);
}

function attach(
  command: Extract<EngineCommand, { type: 'engine.CommandLogStarted' }>,
  position: number,
  state: ShardState,
  outcomeOf: (fields: Partial<RequestDecided>) => RequestDecided,
): Event[] {
  // Two processes that found the log empty may both begin it: the first counts.
  if (position !== 0 || state.commandLog === command.logId) {
    return [outcomeOf({ status: 'refused', reason: 'the command log has begun already' })];
  }
  const { domains, secretFingerprint, logId } = command;
  const attached: Event = { type: 'engine.CommandLogAttached', logId };
  // Another command log of a shard that has been opened: it keeps its level.
  if (state.secretFingerprint !== '') return [attached, outcomeOf({})];
  const raised = command.level > state.level ? raiseLevel(state, command) : [];
  if ('refused' in raised) return [outcomeOf({ status: 'refused', reason: raised.refused })];
  return [{ type: 'engine.ShardOpened', domains, secretFingerprint }, attached, ...raised, outcomeOf({})];
}

function* decideInModule(
  modules: Modules,
  command: Command,
  own: unknown,
  context: DecisionContext,
): Steps<Decision<Event>> {
  const module = modules[moduleOf(command.type)]!;
  if (module.decideInSteps === undefined) return module.decide(command, own, context);
  return yield* module.decideInSteps(command, own, context);
}

function evolve(modules: Modules, before: ShardState, facts: Facts): ShardState {
  const states = { ...before.states };
  let state: ShardState = { ...before, time: facts.time, marked: facts.time, states };
  const first = facts.sequence - facts.events.length + 1;
  for (const [n, event] of facts.events.entries()) {
    const name = moduleOf(event.type);
    const module = modules[name];
    if (module !== undefined) {
      const domain = domainOf(name);
      states[domain] = module.evolve(states[domain], event, first + n);
      if (!state.begun.includes(name)) state = { ...state, begun: [...state.begun, name] };
    } else if (event.type === 'engine.TimeShifted') {
      for (const domain of Object.keys(states)) {
        states[domain] = modules[moduleOfDomain(domain)]!.shift(states[domain], event.byMs);
      }
      state = { ...state, tickers: shiftedTickers(state.tickers, event.byMs) };
    } else state = evolveEngine(state, event, facts);
  }
  return state;
}

function evolveEngine(state: ShardState, event: Event, facts: Facts): ShardState {
  switch (event.type) {
    case 'engine.ShardOpened':
      return { ...state, domains: event.domains, secretFingerprint: event.secretFingerprint };
    case 'engine.CommandLogAttached':
      // Anchors are positions of the log before.
      return { ...state, commandLog: event.logId, tickers: [] };
    case 'engine.LevelRaised':
      return { ...state, level: event.level };
    case 'engine.SchemasRecorded':
      return { ...state, schemas: event.schemas };
    case 'engine.TickerHeard':
      return { ...state, tickers: withHeard(state.tickers, event) };
    case 'engine.RequestDecided':
      return rememberDecision(settledBy(state, event, facts), event, facts);
    case 'engine.Repeated':
      return settledBy(state, event, facts);
    default:
      throw new Error(`no module folds ${event.type}`);
  }
}

/** Below level 4, and in outcomes of then, all of log time has passed for leases. */
function settledBy(state: ShardState, { settled = 0 }: OutcomeEvent, { time }: Facts): ShardState {
  return { ...state, settled: settled === 0 ? time : settled };
}

function rememberDecision(
  state: ShardState,
  outcome: RequestDecided,
  { commandId, sequence, time }: Facts,
): ShardState {
  // A conflict must not replace what it conflicts with, and the engine's own commands may come twice.
  if (outcome.status === 'conflict' || outcome.command === '' || moduleOf(outcome.command) === 'engine') return state;
  const entry = { digest: outcome.digest, sequence, time };
  const { keyedMemoryMs, keyedMemoryCount, generatedMemoryMs, generatedMemoryCount } = coreLimits;
  return outcome.keyed
    ? { ...state, keyed: remember(state.keyed, commandId, entry, keyedMemoryMs, keyedMemoryCount) }
    : { ...state, generated: remember(state.generated, commandId, entry, generatedMemoryMs, generatedMemoryCount) };
}

function decided(fields: Partial<RequestDecided>): RequestDecided {
  return {
    type: 'engine.RequestDecided',
    command: '',
    status: 'accepted',
    total: 0,
    reason: null,
    digest: '',
    keyed: false,
    origin: null,
    settled: 0,
    ...fields,
  };
}

function originOf({ actor, reason, idempotencyKey, traceparent }: CommandHeader): Origin {
  return { actor, reason, idempotencyKey, traceparent };
}
