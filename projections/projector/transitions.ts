import type { Effect, Happening, Reading, Resting, State } from './states.js';

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
export type Move = readonly [next: State, ...effects: Effect[]];

type In<Name extends State['name']> = Extract<State, { name: Name }>;
type When<Name extends Happening['name']> = Extract<Happening, { name: Name }>;

/** Every state with every happening: one that is left out does not compile. */
export type Table = {
  readonly [S in State['name']]: {
    readonly [H in Happening['name']]: (state: In<S>, happening: When<H>) => Move;
  };
};

export function move(state: State, happening: Happening): Move {
  const rule = table[state.name][happening.name] as (state: State, happening: Happening) => Move;
  return rule(state, happening);
}

const opening: State = { name: 'opening' };
const closed: State = { name: 'closed' };
const cutShort: Effect = { do: 'cutShort' };

export const table: Table = {
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
  stopped: {
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
  },
};

function stay(state: State): Move {
  return [state];
}

function wait(_: State, { error }: When<'failed'>): Move {
  return [{ name: 'waiting', because: error }];
}

function stop(_: State, { error }: When<'failedForGood'>): Move {
  return [
    { name: 'stopped', error },
    { do: 'tellStopped', error },
  ];
}

function closeAhead({ ahead }: Pick<Reading | Resting, 'ahead'>): Effect {
  return { do: 'closeAhead', ahead };
}
