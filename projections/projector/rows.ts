import { LogError, lostLog } from '@holdfast/log';
import { moved, type StateTable } from '@holdfast/log/state-table';
import { knownOf, type Positions } from '../store.js';

/** What is known of the rows that are stored. */
export type RowsState = NotKnown | RowsKept | Damaged;

/** They were not looked up yet, or are being emptied. */
export interface NotKnown {
  name: 'notKnown';
}

export interface RowsKept {
  name: 'kept';
  /** They show everything up to there. */
  stored: Positions;
  /** Read on from there, but not written, as it changes no row; null: nothing is. */
  held: Positions | null;
  /** Whether a group was read behind where reading began: only that shows that the log goes on from there. */
  confirmed: boolean;
}

/** They must be emptied before anything else. */
export interface Damaged {
  name: 'damaged';
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

export type RowsTable = StateTable<RowsState, RowsHappening, RowsState>;

export function rowsAfter(rows: RowsState, happening: RowsHappening): RowsState {
  return moved(rowsTable, rows, happening);
}

/** Those that stand, or stood before they were found damaged; or null. */
export function keptOf(rows: RowsState): RowsKept | null {
  if (rows.name === 'notKnown') return null;
  return rows.name === 'kept' ? rows : rows.before;
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

const rowsTable: RowsTable = {
  notKnown: {
    emptying: stay,
    emptied: stay,
    reopened: stay,
    found: (_, { stored }) => from(stored),
    // Nothing is written or passed over before they were found.
    written: stay,
    passed: stay,
    damageFound: () => ({ name: 'damaged', before: null }),
  },
  kept: {
    emptying: () => ({ name: 'notKnown' }),
    emptied: stay,
    reopened: (rows) => ({ ...rows, held: null }),
    found: (_, { stored }) => from(stored),
    written: ({ confirmed }, { stored, groups }) => ({
      name: 'kept',
      stored,
      held: null,
      confirmed: confirmed || groups > 0,
    }),
    passed: ({ confirmed, ...rows }, { held, groups }) => ({ ...rows, held, confirmed: confirmed || groups > 0 }),
    damageFound: (rows) => ({ name: 'damaged', before: rows }),
  },
  damaged: {
    emptying: () => ({ name: 'damaged', before: null }),
    emptied: () => ({ name: 'notKnown' }),
    reopened: within,
    found: (_, { stored }) => ({ name: 'damaged', before: from(stored) }),
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
  return { name: 'kept', stored, held: null, confirmed: stored.checkpoint.resume === 0 };
}

function within(rows: Damaged, happening: RowsHappening): RowsState {
  const after = rows.before === null ? null : rowsAfter(rows.before, happening);
  return after?.name === 'kept' ? { name: 'damaged', before: after } : rows;
}
