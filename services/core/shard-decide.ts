import type { Command, CommandHeader, EngineCommand, Event, Origin, RequestDecided } from '@holdfast/events';
import { itemsPerStep, type Steps } from '@holdfast/events/steps';
import type { Decision, DecisionContext } from './decider.js';
import { moduleOf, moduleOfDomain } from './domains.js';
import { firstLevel, raiseLevel } from './level.js';
import { coreLimits } from './limits.js';
import { type LogTime, momentOf, settlingLevel } from './log-time.js';
import { recall } from './request-memory.js';
import type { Module, Modules, Received, ShardState, Verdict } from './shard-state.js';

export function* decideReceived(modules: Modules, received: Received, before: ShardState): Steps<Verdict> {
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
  if (module.shiftLeasesInSteps === null) return module.shiftLeases(own, aliveAt, byMs);
  return yield* module.shiftLeasesInSteps(own, aliveAt, byMs);
}

function* expired(module: Module, own: unknown, now: number): Steps<Event[]> {
  return module.expireInSteps === null ? module.expire(own, now) : yield* module.expireInSteps(own, now);
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
  if (module.decideInSteps === null) return module.decide(command, own, context);
  return yield* module.decideInSteps(command, own, context);
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
