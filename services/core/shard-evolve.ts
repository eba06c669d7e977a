import type { Event, OutcomeEvent, RequestDecided } from '@holdfast/events';
import { domainOf, moduleOf, moduleOfDomain } from './domains.js';
import { coreLimits } from './limits.js';
import { shifted as shiftedTickers, withHeard } from './log-time.js';
import { remember } from './request-memory.js';
import type { Facts, Modules, ShardState } from './shard-state.js';

export function evolveShard(modules: Modules, before: ShardState, facts: Facts): ShardState {
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
