import type { projectionLimits } from '../limits.js';

/** What is to be done next. Each is one statement, as the embedded database does nothing else meanwhile. */
export type HouseTask = { what: 'checkpoint' } | { what: 'count' | 'analyze' | 'vacuum'; table: string };

export type HouseLimits = { readonly [name in keyof typeof projectionLimits.house]: number };

/** Rows of a table, by our own count: those of the engine are gone after each start. */
export interface TableCount {
  /** When it was last analyzed. */
  rows: number;
  /** How many more, or fewer, there are since. */
  grown: number;
  /** Changed since that was last counted. */
  uncounted: number;
  /** Changed since it was last analyzed, be it in place. */
  changed: number;
  /** When that was, in milliseconds of a monotonic clock. */
  analyzedAt: number;
  /** Changed since it was last vacuumed. */
  unswept: number;
}

export interface HouseState {
  /** Written ahead since the last checkpoint: what a start after a kill reads again. */
  walBytes: number;
  tables: ReadonlyMap<string, TableCount>;
  /** Nobody else vacuums them. */
  vacuums: boolean;
  /** As `analyzedAt`. */
  now: number;
}

/**
 * The next piece, or null. While others are served (`idle` is false) only what cannot wait: the first of these that is
 * urgent. Of several tables the one that has most to gain. Pure.
 */
export function nextPiece(state: HouseState, limits: HouseLimits, idle: boolean): HouseTask | null {
  const walDue = state.walBytes / (idle ? limits.walBytesMin : limits.walBytesMax);
  if (walDue >= 1) return { what: 'checkpoint' };
  const least = idle ? 1 : limits.urgentTimes;
  for (const what of state.vacuums ? (['count', 'analyze', 'vacuum'] as const) : (['analyze'] as const)) {
    let [most, found]: [number, string | null] = [least, null];
    for (const [table, count] of state.tables) {
      const due = dueOf(what, count, limits, state.now);
      if (due >= most) [most, found] = [due, table];
    }
    if (found !== null) return { what, table: found };
  }
  return null;
}

/** How often over it is due: 1 where it just is. */
function dueOf(what: 'count' | 'analyze' | 'vacuum', count: TableCount, limits: HouseLimits, now: number): number {
  if (what === 'vacuum') return vacuumDue(count, limits);
  return what === 'analyze' ? analyzeDue(count, limits, now) : count.uncounted / half(count, limits);
}

function half({ rows }: TableCount, { analyzeRowsMin, analyzeShare }: HouseLimits): number {
  return Math.max(analyzeRowsMin, rows * analyzeShare);
}

/**
 * What the planner chooses by is mostly how many rows there are. Rows that were changed in place, or came for others,
 * are worth a look now and then: a fleet that is locked and unlocked all day would be analyzed every second.
 */
function analyzeDue(count: TableCount, limits: HouseLimits, now: number): number {
  const { grown, changed, analyzedAt } = count;
  const counted = now - analyzedAt < limits.analyzeAgainMsMin ? Math.abs(grown) : Math.max(Math.abs(grown), changed);
  return counted / half(count, limits);
}

/** A larger table is not left for longer, or one vacuum would take too long. */
function vacuumDue({ rows, unswept }: TableCount, limits: HouseLimits): number {
  const share = Math.max(limits.vacuumRowsMin, rows * limits.vacuumShare);
  return unswept / Math.min(limits.vacuumRowsMax, share);
}
