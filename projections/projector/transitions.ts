import { moved, type StateTable } from '@holdfast/log/state-table';
import type {
  ProjectorEffect,
  ProjectorHappening,
  ProjectorReading,
  ProjectorResting,
  ProjectorState,
} from './states.js';

/*
 * What each happening makes of each state.
 *
 *   idle ──▶ opening ──▶ reading ◀──▶ resting
 *               ▲  │        │
 *               │  │ failed │ failed
 *               │  ▼        │
 *              waiting ◀────┘
 *
 * From each of these closed, and from those that work stopped. Where reading is interrupted it opens again.
 */

/** The state after it, and what follows. */
export type ProjectorMove = readonly [next: ProjectorState, ...effects: ProjectorEffect[]];

type When<Name extends ProjectorHappening['name']> = Extract<ProjectorHappening, { name: Name }>;

export type ProjectorTable = StateTable<ProjectorState, ProjectorHappening, ProjectorMove>;

export function move(state: ProjectorState, happening: ProjectorHappening): ProjectorMove {
  return moved(table, state, happening);
}

const opening: ProjectorState = { name: 'opening' };
const closed: ProjectorState = { name: 'closed' };
const cutShort: ProjectorEffect = { do: 'cutShort' };

/** Nothing makes anything else of what is over. */
const over = {
  startAsked: stay,
  opened: stay,
  interrupted: stay,
  restDue: stay,
  rested: stay,
  awaited: stay,
  failed: stay,
  failedForGood: stay,
  retryDue: stay,
  damageFound: stay,
  recheckAsked: stay,
  closeAsked: stay,
} as const satisfies Record<ProjectorHappening['name'], typeof stay>;

export const table: ProjectorTable = {
  idle: {
    startAsked: () => [opening, { do: 'run' }],
    opened: stay,
    interrupted: stay,
    restDue: stay,
    rested: stay,
    awaited: stay,
    failed: stay,
    failedForGood: stay,
    retryDue: stay,
    damageFound: stay,
    recheckAsked: stay,
    closeAsked: () => [closed],
  },
  opening: {
    startAsked: stay,
    opened: (_, { ahead, log }) => [{ name: 'reading', ahead, log }],
    interrupted: stay,
    restDue: stay,
    rested: stay,
    awaited: stay,
    failed: wait,
    failedForGood: stop,
    retryDue: stay,
    damageFound: (state) => [state, cutShort],
    // It looks up what is stored.
    recheckAsked: stay,
    closeAsked: () => [closed, cutShort],
  },
  reading: {
    startAsked: stay,
    opened: stay,
    interrupted: (state) => [opening, closeAhead(state)],
    restDue: (state) => [{ ...state, name: 'resting' }],
    rested: stay,
    awaited: stay,
    failed: (state, failed) => [...wait(state, failed), closeAhead(state)],
    failedForGood: (state, failed) => [...stop(state, failed), closeAhead(state)],
    retryDue: stay,
    damageFound: (state) => [opening, closeAhead(state)],
    // What was read ahead is still taken, as by another that was faster.
    recheckAsked: (state) => [state, closeAhead(state)],
    closeAsked: (state) => [closed, closeAhead(state)],
  },
  resting: {
    startAsked: stay,
    opened: stay,
    interrupted: stay,
    restDue: stay,
    rested: (state) => [{ ...state, name: 'reading' }],
    awaited: (state) => [{ ...state, name: 'reading' }, cutShort],
    failed: (state, failed) => [...wait(state, failed), closeAhead(state), cutShort],
    failedForGood: (state, failed) => [...stop(state, failed), closeAhead(state), cutShort],
    retryDue: stay,
    damageFound: (state) => [opening, closeAhead(state), cutShort],
    recheckAsked: (state) => [{ ...state, name: 'reading' }, closeAhead(state), cutShort],
    closeAsked: (state) => [closed, closeAhead(state), cutShort],
  },
  waiting: {
    startAsked: stay,
    opened: stay,
    interrupted: stay,
    restDue: stay,
    rested: stay,
    awaited: stay,
    failed: stay,
    failedForGood: stay,
    retryDue: () => [opening],
    damageFound: () => [opening, cutShort],
    recheckAsked: stay,
    closeAsked: () => [closed, cutShort],
  },
  closed: {
    startAsked: stay,
    opened: (state, opened) => [state, closeAhead(opened)],
    interrupted: stay,
    restDue: stay,
    rested: stay,
    awaited: stay,
    failed: stay,
    failedForGood: stay,
    retryDue: stay,
    damageFound: stay,
    recheckAsked: stay,
    closeAsked: stay,
  },
  stopped: over,
};

function stay(state: ProjectorState): ProjectorMove {
  return [state];
}

function wait(_: ProjectorState, { error }: When<'failed'>): ProjectorMove {
  return [{ name: 'waiting', because: error }];
}

function stop(_: ProjectorState, { error }: When<'failedForGood'>): ProjectorMove {
  return [
    { name: 'stopped', error },
    { do: 'tellStopped', error },
  ];
}

function closeAhead({ ahead }: Pick<ProjectorReading | ProjectorResting, 'ahead'>): ProjectorEffect {
  return { do: 'closeAhead', ahead };
}
