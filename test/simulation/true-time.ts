import type { Command } from '@holdfast/events';
import type { Group } from '@holdfast/log';
import { claim } from '../model/claim.js';
import { stood } from '../model/explain.js';
import { type Holder, holders } from '../model/holders.js';
import { codec, eventOf } from './messages.js';
import type { SimStorage } from './storage.js';

/*
 * What is promised of leases in true time, which no process and no clock of the run knows: SPEC rule 10. Nothing of the
 * rule itself is used here, nor of the model.
 */

/** A lease ends no more than this early, whatever the log's clock does, and not early at all where it does nothing */
const earlyMs = 1_000;
/**
 * and every ticker is heard. What a ticker proved to the last moment is not proven where another takes over; less than
 * this is not made up for.
 */
const handedOverMs = 500;
/** And lasts no longer than this for each step of that clock, */
const perStepMs = 2_000;
/** and than what it always may: it ends on a whole second, and is ended by a tick. */
const alwaysMs = 2_200;
/**
 * While no tick of somebody who has read the log comes, nobody can tell time from a step: this much is usual between
 * two.
 */
const usualMs = 1_000;
/** A tick that landed later than this after it was sent tells of the past. */
const freshMs = 100;
/** A clock that saw this much less pass since the tick before stood still. */
const sleptMs = 100;
/** So long before the end of a run no fault is left, and somebody ticks. */
const calmMs = 5_000;
/** What was not settled when a lease was granted moves it, too. */
const unsettledMs = 3_000;

interface Held {
  since: number;
  durationMs: number;
}

/** Only from the first ticker on that was heard: before that, time is what the log's clock says. */
export function leasesLastInTruth(storage: SimStorage, groups: readonly Group[], untilMs: number): void {
  for (const holder of holders) leasesLastOf(holder, storage, groups, untilMs);
}

function leasesLastOf(of: Holder, storage: SimStorage, groups: readonly Group[], untilMs: number): void {
  const leases = new Map<string, Held>();
  const ears = heardTimes(storage, untilMs);
  let heard = false;
  for (const { events, stamp } of groups) {
    const { commandPosition: command } = stamp;
    const now = storage.landedAt[command];
    for (const { event } of events) {
      if (event.type === 'engine.TickerHeard') heard = true;
      const change = of.changeOf(event);
      if (change === null || now === undefined || change.is === 'moved') continue;
      const { resource } = change;
      const held = leases.get(resource);
      leases.delete(resource);
      if (change.is === 'begun' || change.is === 'renewed') {
        const { durationMs, expiresAt } = change;
        if (heard && durationMs !== null && expiresAt !== null) leases.set(resource, { since: now, durationMs });
      } else if (change.is === 'expired' && held !== undefined) {
        const lasted = now - held.since;
        const changed = sumOf(changesWithin(storage, held.since, now));
        const handedOver = ears.gone.some((at) => at < now) ? handedOverMs : 0;
        claim(
          lasted >= held.durationMs - Math.min(changed + handedOver, earlyMs),
          `command ${command} ends the lease of ${resource} after ${lasted} of ${held.durationMs} true ms`,
          { command },
        );
        notTooLong(storage, ears, { resource, ...held, until: now, command });
      }
    }
  }
  for (const [resource, held] of leases) notTooLong(storage, ears, { resource, ...held, until: untilMs });
  const calm = { from: untilMs - calmMs, to: untilMs - usualMs };
  const deaf = ears.spans.find(({ from, to }) => from < calm.to && to > calm.from);
  claim(
    !heard || deaf === undefined,
    `long after the last fault no tick told of time from ${deaf?.from} to ${deaf?.to}`,
    {
      time: untilMs,
    },
  );
}

type Change = SimStorage['clockChanges'][number];

/** What was not settled when a lease was granted counts, too. */
function changesWithin({ clockChanges }: SimStorage, since: number, until: number): Change[] {
  return clockChanges.filter(({ at }) => at >= since - unsettledMs && at <= until);
}

const sumOf = (changes: readonly Change[]) => changes.reduce((sum, { byMs }) => sum + Math.abs(byMs), 0);

function notTooLong(
  storage: SimStorage,
  { unheard, gone }: Ears,
  { resource, since, durationMs, until, command }: Held & { resource: string; until: number; command?: number },
): void {
  const within = changesWithin(storage, since, until);
  const steps = within.filter(({ drift }) => !drift).length;
  const drifted = sumOf(within.filter(({ drift }) => drift));
  const from = since - unsettledMs;
  const deaf = lengthOf(unheard, from, until);
  // The next ticker may be behind by the time between two ticks.
  const left = gone.filter((at) => at >= from && at <= until).length * usualMs;
  const most = durationMs * 1.02 + alwaysMs + steps * perStepMs + drifted + deaf + left;
  const lasted = until - since;
  claim(
    lasted <= most,
    `the lease of ${resource} lasted ${lasted} true ms for ${durationMs}: ${steps} steps, ${drifted} ms of drift and ${deaf} ms without a tick, and tickers that went, make ${most}`,
    command === undefined ? { time: until } : { command },
  );
}

interface Span {
  from: number;
  to: number;
}

/** While nobody owned the shard nothing was read back, so nothing could be told. */
function ownerless({ streams, eventsAt }: SimStorage): Span[] {
  return streams.events.flatMap((record, n) => {
    const claimed = n > 0 && eventOf(record)?.event.type === 'engine.EpochStarted';
    return claimed ? [{ from: eventsAt[n - 1]!, to: eventsAt[n]! + usualMs }] : [];
  });
}

/** How long the spans are together, each moment once. */
function lengthOf(spans: readonly Span[], from: number, until: number): number {
  let [sum, at] = [0, from];
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    const end = Math.min(span.to, until);
    sum += Math.max(0, end - Math.max(span.from, at));
    at = Math.max(at, end);
  }
  return sum;
}

interface Ears {
  /** When for longer than usual no tick came that tells of time. */
  spans: Span[];
  /** And when none could. */
  unheard: Span[];
  /** When a ticker was heard for the last time, or for longer than usual. */
  gone: number[];
}

function heardTimes(storage: SimStorage, untilMs: number): Ears {
  const { streams, landedAt, sentAt } = storage;
  const spans: Span[] = [];
  const gone: number[] = [];
  const lastOf = new Map<string, number>();
  const before = new Map<string, { sent: number; ms: number }>();
  let last: number | null = null;
  const note = (now: number) => {
    if (last === null || now - last > usualMs) spans.push({ from: last ?? 0, to: now });
    last = now;
  };
  for (const { position, value } of streams.commands) {
    const found = stood(codec, value);
    const command: Command | null = 'undecodable' in found ? null : found.command;
    const now = landedAt[position]!;
    if (command?.type !== 'engine.Tick' || command.reading == null) continue;
    const { ticker, ms, last } = command.reading;
    const sent = sentAt.get(value) ?? now;
    const earlier = before.get(ticker);
    before.set(ticker, { sent, ms });
    const slept = earlier !== undefined && (sent - earlier.sent) * 0.98 - (ms - earlier.ms) > sleptMs;
    if (last === null || slept || now - sent > freshMs) continue;
    note(now);
    const heardAt = lastOf.get(ticker) ?? now;
    if (now - heardAt > usualMs) gone.push(heardAt);
    lastOf.set(ticker, now);
  }
  note(untilMs);
  return { spans, unheard: [...spans, ...ownerless(storage)], gone: [...gone, ...lastOf.values()] };
}
