import type { Reading, TickerHeard } from '@holdfast/events';
import { coreLimits } from './limits.js';

/**
 * Log time: the only clock that decides on a lease. SPEC rule 10.
 *
 * It follows the append times of commands, but goes no more than a second ahead of what is `settled`: what tickers'
 * monotonic clocks prove to have passed. Whether a step of the log's clock is time that passed, nobody can tell from
 * that clock. Where the two differ for good, log time and every lease move together. Below level 4, and while no ticker
 * was ever heard, all of log time is settled.
 */
export interface Times {
  /** Log time, in milliseconds since 1970; 0 before the first command. */
  time: number;
  /** What of it has passed as far as is proven: no later than `time`. */
  settled: number;
  /** The one heard last comes last. */
  tickers: readonly RememberedTicker[];
}

/** What is remembered of a ticker: its tick at `position`, and what was settled there. */
export type RememberedTicker = Omit<TickerHeard, 'type'>;

export interface LogTime {
  now: number;
  settled: number;
  /** By how much leases move; 0 nearly always. */
  shiftMs: number;
  /** What must be remembered of the ticker; null: nothing. */
  heard: TickerHeard | null;
}

/** A command as time sees it. */
export interface Passing {
  position: number;
  /** Milliseconds since 1970, by the log's clock. */
  appendTime: number;
  /** Null where it is no tick, or one without a reading. */
  reading: Reading | null;
}

/** From this level of the log on readings count, outcomes tell what is settled, and one event moves all leases. */
export const settlingLevel = 4;

const { silenceMs, gatherMs, aheadMs, surplusMs, tickersMax } = coreLimits;

/**
 * The rule of silence alone, as it holds below level 4 and where no ticker was ever heard. `last` is the log time so
 * far, 0 before the first command.
 */
export function nextMoment(last: number, appendTime: number): { now: number; shiftMs: number } {
  const step = appendTime - last;
  if (last === 0) return { now: appendTime, shiftMs: 0 };
  if (Math.abs(step) > silenceMs) return { now: appendTime, shiftMs: step };
  return { now: Math.max(last, appendTime), shiftMs: 0 };
}

/** What time it is to a command at `level`. */
export function momentOf(before: Times, passing: Passing, level: number): LogTime {
  if (level < settlingLevel) return { ...bySilence(before, passing), heard: null };
  const proof = proofOf(before, passing.reading);
  const moment = before.tickers.length === 0 ? bySilence(before, passing) : byTickers(before, passing, proof);
  return { ...moment, heard: hearing(before, passing, proof, moment) };
}

function bySilence({ time }: Times, { appendTime }: Passing): Omit<LogTime, 'heard'> {
  const { now, shiftMs } = nextMoment(time, appendTime);
  return { now, settled: now, shiftMs };
}

/** That since a tick that is remembered a ticker saw so much time pass. */
interface Proof {
  position: number;
  sinceMs: number;
  /** Up to when time has passed by that. */
  until: number;
}

/** Null where nothing that is remembered can be held against the reading. */
function proofOf({ tickers }: Times, reading: Reading | null): Proof | null {
  const { last } = reading ?? { last: null };
  if (reading === null || last === null || last.ms > reading.ms) return null;
  const known = remembered(tickers, reading);
  if (known?.position !== last.position) return null;
  const sinceMs = reading.ms - last.ms;
  return { position: last.position, sinceMs, until: known.settled + sinceMs };
}

function remembered(tickers: readonly RememberedTicker[], { ticker, boot }: Reading): RememberedTicker | undefined {
  return tickers.find((one) => one.ticker === ticker && one.boot === boot);
}

function byTickers(
  { time, settled: last }: Times,
  { appendTime }: Passing,
  proof: Proof | null,
): Omit<LogTime, 'heard'> {
  const passed = Math.max(0, Math.min(appendTime - last, (proof?.until ?? last) - last, aheadMs));
  const settled = last + passed;
  const over = appendTime - settled;
  // A tick that proves nothing new came late: it tells of no step forward.
  const told = proof !== null && (over <= -gatherMs || (over >= gatherMs && passed > 0));
  if (told || Math.abs(over) > silenceMs) return { now: appendTime, settled: appendTime, shiftMs: over };
  return { now: Math.max(settled, Math.min(Math.max(time, appendTime), settled + aheadMs)), settled, shiftMs: 0 };
}

/**
 * What must be remembered of a tick's ticker, if anything: what leaves no event is not known to who reads on from here.
 */
function hearing(
  { tickers }: Times,
  { reading, position }: Passing,
  proof: Proof | null,
  { settled, shiftMs }: Omit<LogTime, 'heard'>,
): TickerHeard | null {
  if (reading === null) return null;
  const { ticker, boot } = reading;
  const heard = (at: Pick<RememberedTicker, 'position' | 'settled'>): TickerHeard => ({
    type: 'engine.TickerHeard',
    ticker,
    boot,
    ...at,
  });
  // One that is known and names another tick has not read on yet.
  if (proof === null) return remembered(tickers, reading) === undefined ? heard({ position, settled }) : null;
  const until = proof.until + shiftMs;
  // What it saw pass beyond what is settled could make up for a later step, and end leases early.
  if (until - settled > surplusMs) return heard({ position: proof.position, settled: settled - proof.sinceMs });
  // It came late, or stood still: from here on it is with the others again.
  return until < settled - gatherMs ? heard({ position, settled }) : null;
}

/** Every ticker as it is remembered after an event that moved all by `byMs`. */
export function shifted(tickers: readonly RememberedTicker[], byMs: number): readonly RememberedTicker[] {
  return tickers.map((one) => ({ ...one, settled: one.settled + byMs }));
}

/** With one that was heard. Of too many the one heard the longest ago is forgotten. */
export function withHeard(
  tickers: readonly RememberedTicker[],
  { ticker, boot, position, settled }: TickerHeard,
): readonly RememberedTicker[] {
  const others = tickers.filter((one) => one.ticker !== ticker);
  return [...others, { ticker, boot, position, settled }].slice(-tickersMax);
}
