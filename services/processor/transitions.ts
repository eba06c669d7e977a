import { moved, type StateTable } from '@holdfast/log/state-table';
import type { Delay, EpochSeen, ProcessorEffect, ProcessorHappening } from './happenings.js';
import {
  type Claim,
  type Claiming,
  type Closing,
  isOpen,
  type Open,
  type Owner,
  type ProcessorState,
  queueOf,
  type Standby,
} from './states.js';

/*
 * What each happening makes of each state. SPEC rules 5 and 9.
 *
 *   starting ──▶ standby ──(may claim)──▶ claiming ──(own EpochStarted read back first)──▶ owner
 *                   ▲                        │                                               │
 *                   │                        │ lost, failed, or timed out                    │ another epoch seen,
 *                   └────────────────────────┴───────────────────────────────────────────────┘ or an append failed
 *
 * From each of these closing, and from there closed; from each of them, but for closed, stopped.
 */

/** The state after it, and what follows. */
export type ProcessorMove = readonly [next: ProcessorState, ...effects: ProcessorEffect[]];

type When<Name extends ProcessorHappening['name']> = Extract<ProcessorHappening, { name: Name }>;

export type ProcessorTable = StateTable<ProcessorState, ProcessorHappening, ProcessorMove>;

export function move(state: ProcessorState, happening: ProcessorHappening): ProcessorMove {
  return moved(table, state, happening);
}

/** Nothing makes anything else of what is over. */
const over = {
  ready: stays,
  epochSeen: stays,
  claimDue: stays,
  claimTimedOut: stays,
  claimOvertaken: stays,
  claimFailed: stays,
  appendFailed: stays,
  // The first reason is the one that is told.
  failed: stays,
  closeAsked: stays,
  finished: stays,
} as const satisfies Record<ProcessorHappening['name'], typeof stays>;

export const table: ProcessorTable = {
  starting: {
    ready: (_, { queue }) => standBy({ queue, lastOwned: null }, 'at once'),
    // What the log says of epochs is looked up when it is ready.
    epochSeen: stays,
    claimDue: stays,
    claimTimedOut: stays,
    claimOvertaken: stays,
    claimFailed: stays,
    appendFailed: stays,
    failed: stop,
    closeAsked: close,
    finished: stays,
  },
  standby: {
    ready: stays,
    epochSeen: (state, { ended }) => (ended ? standBy(state, 'at once') : [state]),
    claimDue: ({ queue, lastOwned }, { claim }) => [
      { name: 'claiming', queue, lastOwned, claim },
      { do: 'claim', claim },
    ],
    // Of claims and epochs that are given up.
    claimTimedOut: stays,
    claimOvertaken: stays,
    claimFailed: stays,
    appendFailed: stays,
    failed: stop,
    closeAsked: close,
    finished: stays,
  },
  claiming: {
    ready: stays,
    epochSeen: settle,
    claimDue: stays,
    claimTimedOut: (state, { claim }) => giveUp(state, claim, 'back off'),
    claimOvertaken: (state, { claim }) => giveUp(state, claim, 'at once'),
    claimFailed: (state, { claim }) => giveUp(state, claim, 'back off'),
    appendFailed: stays,
    failed: stop,
    closeAsked: close,
    finished: stays,
  },
  owner: {
    ready: stays,
    epochSeen: (state, { epoch, owner }) =>
      owner === state.claim.owner ? [state] : lose(state, { do: 'tellLost', epoch }),
    claimDue: stays,
    // It came back all the same.
    claimTimedOut: stays,
    claimOvertaken: stays,
    claimFailed: stays,
    appendFailed: (state, { ahead }) => (ahead === state.ahead ? lose(state) : [state]),
    failed: stop,
    closeAsked: close,
    finished: stays,
  },
  closing: {
    ready: stays,
    epochSeen: within,
    claimDue: stays,
    claimTimedOut: within,
    claimOvertaken: within,
    claimFailed: within,
    appendFailed: within,
    failed: stop,
    closeAsked: stays,
    finished: (state) => [{ name: 'closed' }, { do: 'cancelTimer' }, ...closeQueue(state)],
  },
  closed: over,
  stopped: over,
};

function stays(state: ProcessorState): ProcessorMove {
  return [state];
}

function standBy({ queue, lastOwned }: Pick<Standby, 'queue' | 'lastOwned'>, after: Delay): ProcessorMove {
  return [
    { name: 'standby', queue, lastOwned },
    { do: 'rewind', queue },
    { do: 'watch', after },
  ];
}

/** A claim is won where it is the first of its number. */
function settle(state: Claiming, { epoch, owner, begin }: EpochSeen): ProcessorMove {
  const { queue, claim } = state;
  if (epoch < claim.epoch) return [state];
  if (epoch > claim.epoch || owner !== claim.owner) return standBy(state, 'back off');
  return [
    { name: 'owner', queue, claim, ahead: begin(claim) },
    { do: 'cancelTimer' },
    { do: 'rewind', queue },
    { do: 'tellOwned', epoch },
    { do: 'wake' },
  ];
}

function giveUp(state: Claiming, claim: Claim, after: Delay): ProcessorMove {
  return claim === state.claim ? standBy(state, after) : [state];
}

/** Nothing that was decided ahead may be built upon. */
function lose({ queue, claim }: Owner, ...before: ProcessorEffect[]): ProcessorMove {
  const [next, ...effects] = standBy({ queue, lastOwned: claim.epoch }, 'back off');
  return [next, ...before, ...effects];
}

function stop(state: ProcessorState, { error }: When<'failed'>): ProcessorMove {
  return [
    { name: 'stopped', error },
    { do: 'cancelTimer' },
    ...closeQueue(state),
    { do: 'wake' },
    { do: 'tellStopped', error },
  ];
}

function close(state: Open): ProcessorMove {
  return [{ name: 'closing', was: state }, { do: 'cancelTimer' }, { do: 'wake' }];
}

/** What it was goes on as it does. */
function within({ was }: Closing, happening: ProcessorHappening): ProcessorMove {
  const [next, ...effects] = move(was, happening);
  return [isOpen(next) ? { name: 'closing', was: next } : next, ...effects];
}

function closeQueue(state: ProcessorState): ProcessorEffect[] {
  const queue = queueOf(state);
  return queue === null ? [] : [{ do: 'closeQueue', queue }];
}
