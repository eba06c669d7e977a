import { LogError, lostLog } from '@holdfast/log';
import { knownOf, type Positions } from '../store.js';

/** What is known of the rows that are stored. */
export type RowsState = NotKnown | RowsKept | Damaged;

/** They were not looked up yet, or are being emptied. */
export interface NotKnown {
  are: 'notKnown';
}

export interface RowsKept {
  are: 'kept';
  /** They show everything up to there. */
  stored: Positions;
  /** Read on from there, but not written, as it changes no row; null: nothing is. */
  held: Positions | null;
  /** Whether a group was read behind where reading began: only that shows that the log goes on from there. */
  confirmed: boolean;
}

/** They must be emptied before anything else. */
export interface Damaged {
  are: 'damaged';
  /** What they were taken for, or null. */
  before: RowsKept | null;
}

export type RowsHappening =
  /** They go: nobody may take them for what was read. */
  | { name: 'emptying' }
  | { name: 'emptied' }
  /** Reading begins anew. */
  | { name: 'reopened' }
  /** From these positions. */
  | { name: 'found'; stored: Positions }
  | { name: 'written'; stored: Positions; groups: number }
  /** Read, and not written. */
  | { name: 'passed'; held: Positions; groups: number }
  | { name: 'damageFound' };

type Are<Name extends RowsState['are']> = Extract<RowsState, { are: Name }>;
type RowsWhen<Name extends RowsHappening['name']> = Extract<RowsHappening, { name: Name }>;

/** All of one with all of the other: what is left out does not compile. */
export type RowsTable = {
  readonly [R in RowsState['are']]: {
    readonly [H in RowsHappening['name']]: (rows: Are<R>, happening: RowsWhen<H>) => RowsState;
  };
};

export function rowsAfter(rows: RowsState, happening: RowsHappening): RowsState {
  const rule = rowsTable[rows.are][happening.name] as (rows: RowsState, happening: RowsHappening) => RowsState;
  return rule(rows, happening);
}

/** Those that stand, or stood before they were found damaged; or null. */
export function keptOf(rows: RowsState): RowsKept | null {
  if (rows.are === 'notKnown') return null;
  return rows.are === 'kept' ? rows : rows.before;
}

/** What an error means where trying again does not help; null where it may. */
export function finalOf(error: Error, rows: RowsState, shard: string): LogError | null {
  if (!(error instanceof LogError)) return null;
  const { code, message } = error;
  const kept = keptOf(rows);
  const differs = code === 'out-of-range' || (code === 'corrupt' && kept?.confirmed === false);
  if (differs && kept !== null) {
    return lostLog(knownOf(shard, kept.stored), `the log that is there does not go on from that: ${message}`);
  }
  return code === 'append-failed' || code === 'too-large' ? null : error;
}

export const rowsTable: RowsTable = {
  notKnown: {
    emptying: stay,
    emptied: stay,
    reopened: stay,
    found: (_, { stored }) => from(stored),
    // Nothing is written or passed over before they were found.
    written: stay,
    passed: stay,
    damageFound: () => ({ are: 'damaged', before: null }),
  },
  kept: {
    emptying: () => ({ are: 'notKnown' }),
    emptied: stay,
    reopened: (rows) => ({ ...rows, held: null }),
    found: (_, { stored }) => from(stored),
    written: ({ confirmed }, { stored, groups }) => ({
      are: 'kept',
      stored,
      held: null,
      confirmed: confirmed || groups > 0,
    }),
    passed: ({ confirmed, ...rows }, { held, groups }) => ({ ...rows, held, confirmed: confirmed || groups > 0 }),
    damageFound: (rows) => ({ are: 'damaged', before: rows }),
  },
  damaged: {
    emptying: () => ({ are: 'damaged', before: null }),
    emptied: () => ({ are: 'notKnown' }),
    reopened: within,
    found: (_, { stored }) => ({ are: 'damaged', before: from(stored) }),
    // What was under way when the damage was found.
    written: within,
    passed: within,
    damageFound: stay,
  },
};

function stay(rows: RowsState): RowsState {
  return rows;
}

function from(stored: Positions): RowsKept {
  return { are: 'kept', stored, held: null, confirmed: stored.checkpoint.resume === 0 };
}

function within(rows: Damaged, happening: RowsHappening): RowsState {
  const after = rows.before === null ? null : rowsAfter(rows.before, happening);
  return after?.are === 'kept' ? { are: 'damaged', before: after } : rows;
}
